// Runs the model on one photo by TensorFlow Lite's C interface, which both TensorFlow Lite and LiteRT have:
//   https://ai.google.dev/edge/litert/inference
// Link it with libtensorflowlite_c. edgekit's tests compile this file against that library's headers, run it, and hold
// its answers against Python's.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "contract.h"
#include "preprocess.h"
#include "tensorflow/lite/c/c_api.h"

namespace edgekit {

// The model, loaded. `threads`: how many of the processor's cores it may use.
class Classifier {
 public:
  explicit Classifier(const char* model_path, int threads = 2)
      : model_(TfLiteModelCreateFromFile(model_path), TfLiteModelDelete), interpreter_(nullptr, TfLiteInterpreterDelete) {
    int major = 0, minor = 0;
    if (std::sscanf(TfLiteVersion(), "%d.%d", &major, &minor) != 2 || (major == 2 && minor < kNeedsMinor)) {
      throw std::runtime_error(std::string("TensorFlow Lite ") + TfLiteVersion() + " answers this model wrongly: take 2." +
                               std::to_string(kNeedsMinor) + " or newer");
    }
    if (!model_) throw std::runtime_error(std::string("no model can be read from ") + model_path);
    TfLiteInterpreterOptions* options = TfLiteInterpreterOptionsCreate();
    TfLiteInterpreterOptionsSetNumThreads(options, threads);
    interpreter_.reset(TfLiteInterpreterCreate(model_.get(), options));
    TfLiteInterpreterOptionsDelete(options);
    if (!interpreter_) throw std::runtime_error("this library lacks an operator of the model: take a newer one");
    Check(TfLiteInterpreterAllocateTensors(interpreter_.get()), "this library cannot run the model: take a newer one");
  }

  // Returns one score per label, in the order of kLabels. `photo`: decoded, upright (as its EXIF orientation says), RGB.
  std::vector<float> Scores(const Photo& photo) {
    const std::vector<float> values = Prepare(photo, kFeeding);
    TfLiteTensor* input = TfLiteInterpreterGetInputTensor(interpreter_.get(), 0);
    if (TfLiteTensorType(input) == kTfLiteFloat32) {
      Check(TfLiteTensorCopyFromBuffer(input, values.data(), values.size() * sizeof(float)));
    } else {
      const auto [scale, zero_point] = TfLiteTensorQuantizationParams(input);
      std::vector<int8_t> steps(values.size());
      for (size_t i = 0; i < values.size(); ++i) {
        const float step = std::nearbyint(values[i] / scale) + static_cast<float>(zero_point);
        steps[i] = static_cast<int8_t>(std::clamp(step, -128.0f, 127.0f));
      }
      Check(TfLiteTensorCopyFromBuffer(input, steps.data(), steps.size()));
    }
    Check(TfLiteInterpreterInvoke(interpreter_.get()));

    const TfLiteTensor* output = TfLiteInterpreterGetOutputTensor(interpreter_.get(), 0);
    std::vector<float> scores(kLabels.size());
    if (TfLiteTensorType(output) == kTfLiteFloat32) {
      Check(TfLiteTensorCopyToBuffer(output, scores.data(), scores.size() * sizeof(float)));
    } else {
      const auto [scale, zero_point] = TfLiteTensorQuantizationParams(output);
      std::vector<int8_t> steps(scores.size());
      Check(TfLiteTensorCopyToBuffer(output, steps.data(), steps.size()));
      for (size_t i = 0; i < steps.size(); ++i) scores[i] = static_cast<float>(steps[i] - zero_point) * scale;
    }
    return scores;
  }

  // Returns the likeliest label with its score.
  std::pair<std::string, float> Classify(const Photo& photo) {
    const std::vector<float> scores = Scores(photo);
    const auto best = std::max_element(scores.begin(), scores.end());
    return {kLabels[best - scores.begin()], *best};
  }

 private:
  static void Check(TfLiteStatus status, const char* otherwise = "the model does not take or give what contract.h says") {
    if (status != kTfLiteOk) throw std::runtime_error(otherwise);
  }

  std::unique_ptr<TfLiteModel, decltype(&TfLiteModelDelete)> model_;
  std::unique_ptr<TfLiteInterpreter, decltype(&TfLiteInterpreterDelete)> interpreter_;
};

}  // namespace edgekit
