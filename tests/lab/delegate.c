/* An external delegate of TensorFlow Lite in plain C: it adds and multiplies float tensors, or fails where it is told.
 *
 *   gcc -O2 -shared -fPIC -o libdelegate.so delegate.c
 *
 * Options: ops "0,18" (the builtin codes to take: ADD, MUL), kind "custom" (take edgetpu-custom-op: it gives zeros back,
 * as proof that the path is taken), scale "1.5" (falsify results), fail "create", "prepare" or "invoke", crash "invoke".
 * The structures are those of tensorflow/lite/core/c/common.h, as tflite-runtime 2.14 and LiteRT 2 lay them out. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, ERROR = 1, DELEGATE_ERROR = 2 };
enum { ALLOW_DYNAMIC = 1, FLOAT32 = 1, ADD = 0, BUILTIN_DELEGATE = 51, RELU = 1, RELU6 = 3 };
typedef int Status;

typedef struct { int size; int data[]; } IntArray;
typedef struct Delegate Delegate;
typedef struct Context Context;

typedef struct {
  int type;
  union { float *f; void *raw; } data;
  IntArray *dims;
  struct { float scale; int32_t zero_point; } params;
  int allocation_type;
  size_t bytes;
  const void *allocation;
  const char *name;
  Delegate *delegate;
  int buffer_handle;
  bool stale, variable;
  struct { int type; void *params; } quantization;
  void *sparsity;
  const IntArray *dims_signature;
} Tensor;
_Static_assert(sizeof(void *) != 8 || sizeof(Tensor) == 112, "TfLiteTensor has 112 bytes on 64-bit systems");

typedef struct {
  IntArray *inputs, *outputs, *intermediates, *temporaries;
  void *user_data, *builtin_data;
  const void *custom_data;
  int custom_size;
  Delegate *delegate;
  bool side_effect;
} Node;

typedef struct {
  void *(*init)(Context *, const char *, size_t);
  void (*free)(Context *, void *);
  Status (*prepare)(Context *, Node *);
  Status (*invoke)(Context *, Node *);
  const char *(*profile)(const Context *, const Node *);
  int32_t builtin_code;
  const char *custom_name;
  int version;
  void *external;
  void *(*async)(Context *, Node *);
  uint64_t inplace;
} Registration;

struct Context {
  size_t tensors_size;
  Status (*execution_plan)(Context *, IntArray **);
  Tensor *tensors;
  void *impl;
  Status (*resize)(Context *, Tensor *, IntArray *);
  void (*report)(Context *, const char *, ...);
  Status (*add_tensors)(Context *, int, int *);
  Status (*node)(Context *, int, Node **, Registration **);
  Status (*replace)(Context *, Registration, const IntArray *, Delegate *);
};

typedef struct { Delegate *delegate; IntArray *nodes, *inputs, *outputs; } Partition;

struct Delegate {
  void *data;
  Status (*prepare)(Context *, Delegate *);
  Status (*from)(Context *, Delegate *, int, Tensor *);
  Status (*to)(Context *, Delegate *, int, Tensor *);
  void (*release)(Context *, Delegate *, int *);
  int64_t flags;
  void *opaque;
};

typedef struct { int ops[16], count; bool custom; float scale; char fail[8], crash[8]; } Options;
typedef struct { int code, left, right, out, activation; } Step;
typedef struct { const Options *options; int count; float **scratch; Step steps[]; } Kernel;

static bool is_custom(const Registration *op) {
  return op->custom_name && !strcmp(op->custom_name, "edgetpu-custom-op");
}

static void *kernel_init(Context *context, const char *buffer, size_t length) {
  const Partition *given = (const Partition *)buffer;
  Kernel *kernel = calloc(1, sizeof *kernel + sizeof(Step) * given->nodes->size);
  kernel->options = given->delegate->data;
  kernel->count = given->nodes->size;
  kernel->scratch = calloc(kernel->count, sizeof(float *));
  for (int i = 0; i < kernel->count; i++) {
    Node *node;
    Registration *op;
    context->node(context, given->nodes->data[i], &node, &op);
    int activation = node->builtin_data && !is_custom(op) ? *(int *)node->builtin_data : 0;
    int right = node->inputs->data[node->inputs->size > 1];
    kernel->steps[i] = (Step){is_custom(op) ? -1 : op->builtin_code, node->inputs->data[0], right,
                              node->outputs->data[0], activation};
  }
  return kernel;
}

static void kernel_free(Context *context, void *buffer) {
  Kernel *kernel = buffer;
  for (int i = 0; i < kernel->count; i++) free(kernel->scratch[i]);
  free(kernel->scratch);
  free(kernel);
}

static Status kernel_prepare(Context *context, Node *node) {
  return strcmp(((Kernel *)node->user_data)->options->fail, "prepare") ? OK : DELEGATE_ERROR;
}

static float bounded(float value, int activation) {
  if (activation == RELU || activation == RELU6) value = value < 0 ? 0 : value;
  return activation == RELU6 && value > 6 ? 6 : value;
}

static Status kernel_invoke(Context *context, Node *node) {
  Kernel *kernel = node->user_data;
  if (!strcmp(kernel->options->crash, "invoke")) abort();
  if (!strcmp(kernel->options->fail, "invoke")) {
    context->report(context, "lab delegate: asked to fail in invoke");
    return DELEGATE_ERROR;
  }
  for (int i = 0; i < kernel->count; i++) {
    Step *step = &kernel->steps[i];
    Tensor *out = &context->tensors[step->out];
    /* Between two operators of one partition the interpreter keeps no memory. */
    if (!out->data.raw) out->data.raw = kernel->scratch[i] = realloc(kernel->scratch[i], out->bytes);
    if (step->code < 0) {
      memset(out->data.raw, 0, out->bytes);
      continue;
    }
    const float *left = context->tensors[step->left].data.f, *right = context->tensors[step->right].data.f;
    for (size_t j = 0; j < out->bytes / sizeof(float); j++) {
      float value = step->code == ADD ? left[j] + right[j] : left[j] * right[j];
      out->data.f[j] = bounded(value * kernel->options->scale, step->activation);
    }
  }
  return OK;
}

static const char *kernel_profile(const Context *context, const Node *node) { return "LabDelegate"; }

static bool same(const IntArray *one, const IntArray *other) {
  return one && other && one->size == other->size && !memcmp(one->data, other->data, one->size * sizeof(int));
}

static bool takes(const Options *options, const Context *context, const Node *node, const Registration *op) {
  if (is_custom(op)) return options->custom;
  bool wanted = false;
  for (int i = 0; i < options->count; i++) wanted |= op->builtin_code == options->ops[i];
  if (!wanted || node->inputs->size != 2 || !node->builtin_data) return false;
  const Tensor *left = &context->tensors[node->inputs->data[0]], *right = &context->tensors[node->inputs->data[1]];
  int activation = *(int *)node->builtin_data;
  return left->type == FLOAT32 && right->type == FLOAT32 && same(left->dims, right->dims) &&
         (activation == 0 || activation == RELU || activation == RELU6);
}

static Status delegate_prepare(Context *context, Delegate *delegate) {
  IntArray *plan;
  if (context->execution_plan(context, &plan)) return ERROR;
  int size = plan->size, *nodes = malloc(sizeof(int) * (size + 1)); /* asking for a node may change the plan */
  memcpy(nodes, plan->data, sizeof(int) * size);
  IntArray *taken = malloc(sizeof(IntArray) + sizeof(int) * (size + 1));
  taken->size = 0;
  for (int i = 0; i < size; i++) {
    Node *node;
    Registration *op;
    if (context->node(context, nodes[i], &node, &op)) return ERROR;
    if (takes(delegate->data, context, node, op)) taken->data[taken->size++] = nodes[i];
  }
  Registration kernel = {kernel_init, kernel_free, kernel_prepare, kernel_invoke, kernel_profile, 0, "LabDelegate", 1};
  kernel.builtin_code = BUILTIN_DELEGATE;
  Status status = taken->size ? context->replace(context, kernel, taken, delegate) : OK;
  free(taken);
  free(nodes);
  return status;
}

static Delegate *refuse(Options *options, void (*report)(const char *), const char *reason) {
  if (report) report(reason);
  free(options);
  return NULL;
}

__attribute__((visibility("default"))) Delegate *tflite_plugin_create_delegate(
    char **keys, char **values, size_t count, void (*report)(const char *)) {
  Options *options = calloc(1, sizeof *options);
  options->scale = 1;
  for (size_t i = 0; i < count; i++) {
    if (!strcmp(keys[i], "ops")) {
      for (char *rest = values[i]; *rest && options->count < 16; rest += *rest == ',')
        options->ops[options->count++] = (int)strtol(rest, &rest, 10);
    } else if (!strcmp(keys[i], "kind")) options->custom = !strcmp(values[i], "custom");
    else if (!strcmp(keys[i], "scale")) options->scale = strtof(values[i], NULL);
    else if (!strcmp(keys[i], "fail")) strncpy(options->fail, values[i], sizeof options->fail - 1);
    else if (!strcmp(keys[i], "crash")) strncpy(options->crash, values[i], sizeof options->crash - 1);
    else if (strcmp(keys[i], "device")) return refuse(options, report, "lab delegate: unknown option");
  }
  if (!strcmp(options->fail, "create")) return refuse(options, report, "lab delegate: asked to fail in create");
  Delegate *delegate = calloc(1, sizeof *delegate);
  delegate->data = options;
  delegate->prepare = delegate_prepare;
  /* Compiled models hold an operator that nobody else can prepare: sizes that change are allowed, so nobody tries. */
  delegate->flags = options->custom ? ALLOW_DYNAMIC : 0;
  return delegate;
}

__attribute__((visibility("default"))) void tflite_plugin_destroy_delegate(Delegate *delegate) {
  if (delegate) free(delegate->data);
  free(delegate);
}
