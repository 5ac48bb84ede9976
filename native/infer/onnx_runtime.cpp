#include "native/infer/onnx_runtime.h"

#ifdef LIMBUS_WITH_ONNXRUNTIME
#include <onnxruntime_cxx_api.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <vector>

#include "native/infer/onnx_runtime_text.h"
#include "shared/half.h"
#include "shared/onnx/proto.h"
#include "shared/options/rows.h"
#include "shared/vision/network_output.h"
#include "shared/vision/preprocess.h"

namespace limbus {

Result<OnnxNetwork> onnxNetwork(const OnnxFacts& facts) {
  const Result<OnnxInterface> ports = imageInterface(facts);
  if (!ports) return fail(ports.error());  // before a manifest is asked for that would not help
  if (!facts.manifest) {
    return fail(ErrorCode::unsupported,
                "does not say what it means; `limbus manifest` writes a manifest into it");
  }
  if (Result<void> fits = checkInterface(*ports, *facts.manifest); !fits) {
    return fail(fits.error());
  }
  Result<ImagePort> output = chosenOutput(*ports, facts.manifest->output);
  if (!output) return fail(output.error());
  return OnnxNetwork{*facts.manifest, ports->input, std::move(*output)};
}

#ifdef LIMBUS_WITH_ONNXRUNTIME

namespace {

// Nothing comes through std::cerr while it lives.
class QuietErrors {
 public:
  QuietErrors() : buffer_(std::cerr.rdbuf(nullptr)) {}
  ~QuietErrors() { std::cerr.rdbuf(buffer_); }  // which clears the stream's state too
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  std::streambuf* buffer_;
};

// Errors come back as values: nothing is logged, and nothing is sent anywhere.
Ort::Env& environment() {
  static Ort::Env env = [] {
    Ort::Env made(ORT_LOGGING_LEVEL_FATAL, "limbus");
    made.DisableTelemetryEvents();
    return made;
  }();
  return env;
}

Ort::Session openSession(std::string_view bytes, int threads) {
  // Debian's runtime registers all operations in Debian's libonnx, which has them and prints a line
  // for each when it is first asked for one.
  const QuietErrors quiet;
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  // Threads that have nothing to do sleep: the loaders and LibTorch want the cores.
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  return Ort::Session(environment(), bytes.data(), bytes.size(), options);
}

// The one that a port was read from, whose name may have been cleaned (onnxText).
template <class NameAt>
std::string ownName(const ImagePort& port, std::size_t count, NameAt nameAt) {
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = nameAt(i);
    if (onnxText(name) == port.name) return name;
  }
  return port.name;
}

template <class Number>
std::vector<Number> repeated(const std::vector<Number>& values, std::size_t copies) {
  std::vector<Number> all;
  all.reserve(copies * values.size());
  for (std::size_t i = 0; i < copies; ++i) all.insert(all.end(), values.begin(), values.end());
  return all;
}

template <class Number>
Ort::Value viewOf(std::vector<Number>& values, const Dims& shape, ONNXTensorElementDataType type) {
  static const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
  return Ort::Value::CreateTensor(memory, values.data(), values.size() * sizeof(Number),
                                  shape.data(), shape.size(), type);
}

// The first image's part of an answer.
struct Answer {
  Dims shape;  // without the batch: of scores [C,h,w], [h,w,C] or [h,w]; of indices [h,w]
  std::vector<float> values;
};

template <class Number>
std::vector<float> asFloats(const Ort::Value& value, std::size_t count) {
  const Number* numbers = value.GetTensorData<Number>();
  std::vector<float> floats(count);
  std::transform(numbers, numbers + count, floats.begin(),
                 [](Number number) { return static_cast<float>(number); });
  return floats;
}

std::vector<float> halvesAsFloats(const Ort::Value& value, std::size_t count) {
  const auto* halves = static_cast<const std::uint16_t*>(value.GetTensorRawData());
  std::vector<float> floats(count);
  std::transform(halves, halves + count, floats.begin(), halfToFloat);
  return floats;
}

Result<Answer> unpack(const Ort::Value& value, OutputKind kind) {
  const bool indices = kind == OutputKind::argmax;
  const auto info = value.GetTensorTypeAndShapeInfo();
  const Dims dims = info.GetShape();
  const auto wrong = [&] {
    return fail(ErrorCode::unsupported,
                "the network answers " + describe(dims) + "; expected " +
                    (indices ? "class indices [N,h,w]" : "scores [N,C,h,w], [N,h,w,C] or [N,h,w]"));
  };
  const bool image =
      (dims.size() == 3 || dims.size() == 4) && *std::min_element(dims.begin(), dims.end()) >= 1;
  if (!image) return wrong();
  Answer answer{Dims(dims.begin() + 1, dims.end()), {}};
  if (indices && answer.shape.size() == 3) {
    if (answer.shape.front() == 1) {
      answer.shape.erase(answer.shape.begin());
    } else if (answer.shape.back() == 1) {
      answer.shape.pop_back();
    } else {
      return wrong();
    }
  }
  const std::size_t count = static_cast<std::size_t>(elementCount(answer.shape));
  switch (info.GetElementType()) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      answer.values = asFloats<float>(value, count);
      return answer;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
      answer.values = halvesAsFloats(value, count);
      return answer;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      answer.values = asFloats<std::int64_t>(value, count);
      return answer;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
      answer.values = asFloats<std::int32_t>(value, count);
      return answer;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
      answer.values = asFloats<std::uint8_t>(value, count);
      return answer;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
      answer.values = asFloats<bool>(value, count);
      return answer;
    default:
      return wrong();
  }
}

// Class indices as one plane per class, 1 where it is and 0 elsewhere.
Result<Tensor> planesOfIndices(const Answer& answer, std::size_t classes) {
  const std::size_t pixels = answer.values.size();
  Tensor planes{{static_cast<std::int64_t>(classes), answer.shape[0], answer.shape[1]},
                std::vector<float>(classes * pixels, 0.0F)};
  for (std::size_t i = 0; i < pixels; ++i) {
    const float index = answer.values[i];
    const bool named =
        index >= 0 && index < static_cast<float>(classes) && std::floor(index) == index;
    if (!named) {
      return fail(ErrorCode::badData, "the network answers class " + showNumber(index) +
                                          ", the manifest names " + std::to_string(classes) +
                                          " classes; the manifest does not fit this file");
    }
    planes.values[static_cast<std::size_t>(index) * pixels + i] = 1.0F;
  }
  return planes;
}

class RuntimePredictor : public Predictor {
 public:
  RuntimePredictor(Ort::Session session, OnnxNetwork network)
      : session_(std::move(session)), network_(std::move(network)) {
    Ort::AllocatorWithDefaultOptions memory;
    input_ = ownName(network_.input, session_.GetInputCount(), [&](std::size_t i) {
      return std::string(session_.GetInputNameAllocated(i, memory).get());
    });
    output_ = ownName(network_.output, session_.GetOutputCount(), [&](std::size_t i) {
      return std::string(session_.GetOutputNameAllocated(i, memory).get());
    });
  }

  Result<Field> predict(ImageView image) const override {
    const Manifest& manifest = network_.manifest;
    Result<Prepared> prepared = preprocess(image, manifest.input);
    if (!prepared) return fail(prepared.error());
    const bool pixels = manifest.input.layout == Layout::nhwc;
    const Result<Answer> answer =
        run(pixels ? interleaved(prepared->tensor) : std::move(prepared->tensor));
    if (!answer) return fail(answer.error());
    Result<Tensor> planes = planesOf(*answer);
    if (!planes) return fail(planes.error());
    OutputSpec output = manifest.output;
    output.layout = Layout::nchw;
    return Field{.logits = std::move(*planes), .output = output, .placement = prepared->placement};
  }

 private:
  Result<Answer> run(Tensor image) const {
    // A file that fixes its batch gets the image as often as it asks for.
    const int copies = network_.input.batch.value_or(1);
    if (copies > 1) image.values = repeated(image.values, static_cast<std::size_t>(copies));
    image.shape[0] = copies;
    std::vector<std::uint16_t> halves;
    if (network_.input.half()) {
      halves.resize(image.values.size());
      std::transform(image.values.begin(), image.values.end(), halves.begin(), floatToHalf);
    }
    const char* const inputs[] = {input_.c_str()};
    const char* const outputs[] = {output_.c_str()};
    try {
      const Ort::Value given =
          network_.input.half()
              ? viewOf(halves, image.shape, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16)
              : viewOf(image.values, image.shape, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
      const std::vector<Ort::Value> answers =
          session_.Run(Ort::RunOptions{nullptr}, inputs, &given, 1, outputs, 1);
      return unpack(answers.at(0), network_.manifest.output.kind);
    } catch (const Ort::Exception& error) {
      return fail(ErrorCode::badData, "the network fails on an input of " + describe(image.shape) +
                                          ": " + plainRuntimeText(error.what()));
    }
  }

  Result<Tensor> planesOf(const Answer& answer) const {
    const Manifest& manifest = network_.manifest;
    const std::size_t classes = manifest.classes.size();
    if (manifest.output.kind == OutputKind::argmax) return planesOfIndices(answer, classes);
    Result<NetworkScores> scores =
        scoresOf(answer.values.data(), answer.shape, manifest.output, classes);
    if (!scores) return fail(scores.error());
    const Dims shape{scores->channels, scores->height, scores->width};
    const float* values = scores->values();
    return Tensor{shape, {values, values + elementCount(shape)}};
  }

  mutable Ort::Session session_;  // which several threads may run at once
  OnnxNetwork network_;
  std::string input_, output_;
};

}  // namespace

std::string onnxRuntimeVersion() { return OrtGetApiBase()->GetVersionString(); }

Result<std::unique_ptr<Predictor>> inOnnxRuntime(std::string_view bytes, OnnxNetwork network,
                                                 int threads) {
  try {
    return std::make_unique<RuntimePredictor>(openSession(bytes, threads), std::move(network));
  } catch (const Ort::Exception& error) {
    return fail(ErrorCode::unsupported, "ONNX Runtime " + onnxRuntimeVersion() +
                                            " refuses it: " + plainRuntimeText(error.what()));
  }
}

#else

std::string onnxRuntimeVersion() { return ""; }

Result<std::unique_ptr<Predictor>> inOnnxRuntime(std::string_view, OnnxNetwork, int) {
  return fail(ErrorCode::unsupported,
              std::string("this limbus was built without ONNX Runtime; ") + kGetOnnxRuntime);
}

#endif

}  // namespace limbus
