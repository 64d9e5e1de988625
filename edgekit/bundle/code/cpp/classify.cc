// Runs the model on one photo by TensorFlow Lite's C++ interface. Compile it in a project that has the library:
//   https://ai.google.dev/edge/litert/inference#load_and_run_a_model_in_c
// edgekit's tests compile preprocess.h and contract.h and hold them against Python; this file was not compiled there,
// since no package registry has the library's headers.
#include <cstdio>
#include <memory>

#include "contract.h"
#include "preprocess.h"
#include "tensorflow/lite/interpreter.h"
#include "tensorflow/lite/kernels/register.h"
#include "tensorflow/lite/model.h"

// `photo`: decoded, upright (as its EXIF orientation says) and in RGB.
int Classify(const char* model_path, const edgekit::Photo& photo) {
  auto model = tflite::FlatBufferModel::BuildFromFile(model_path);
  if (!model) return -1;
  tflite::ops::builtin::BuiltinOpResolver resolver;
  std::unique_ptr<tflite::Interpreter> interpreter;
  tflite::InterpreterBuilder(*model, resolver)(&interpreter);
  if (!interpreter || interpreter->AllocateTensors() != kTfLiteOk) return -1;

  const auto values = edgekit::Prepare(photo, edgekit::kFeeding);
  TfLiteTensor* input = interpreter->input_tensor(0);
  for (size_t i = 0; i < values.size(); ++i) {
    if (input->type == kTfLiteFloat32) {
      input->data.f[i] = values[i];
    } else {  // int8: the integers that stand for the same values
      const double steps = std::nearbyint(values[i] / input->params.scale) + input->params.zero_point;
      input->data.int8[i] = static_cast<int8_t>(std::clamp(steps, -128.0, 127.0));
    }
  }
  if (interpreter->Invoke() != kTfLiteOk) return -1;

  const TfLiteTensor* output = interpreter->output_tensor(0);
  int best = 0;
  for (size_t i = 1; i < edgekit::kLabels.size(); ++i) {
    const bool more = output->type == kTfLiteFloat32 ? output->data.f[i] > output->data.f[best]
                                                     : output->data.int8[i] > output->data.int8[best];
    if (more) best = static_cast<int>(i);
  }
  std::printf("%s\n", edgekit::kLabels[best]);
  return best;
}
