#include "native/infer/model.h"

#include "native/infer/onnx_runtime.h"
#include "native/train/device.h"
#include "native/train/exceptions.h"
#include "native/train/executor/executor.h"
#include "native/train/executor/self_check.h"
#include "native/train/files/model_file.h"
#include "native/train/train.h"
#include "native/weights/onnx_file.h"
#include "shared/model/onnx_model.h"
#include "shared/nets/nets.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/interface.h"
#include "shared/ops/shapes.h"
#include "shared/vision/network_output.h"
#include "shared/vision/preprocess.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

Result<std::string> onnxBytes(const fs::path& path) {
  const Result<fs::path> file = modelFile(path, ModelUse::predict);
  if (!file) return fail(file.error());
  if (!isCheckpointName(*file)) return readOnnxFile(*file);
  Result<Checkpoint> checkpoint = readCheckpoint(path);
  if (!checkpoint) return fail(checkpoint.error());
  if (auto meant = checkMeant(*checkpoint, path); !meant) return fail(meant.error());
  Result<Graph> graph = buildNet(checkpoint->recipe.net, checkpoint->recipe.ports());
  if (!graph) return fail(graph.error());
  return writeOnnx(*graph, checkpoint->weights, manifestOf(checkpoint->recipe), {});
}

tl::unexpected<Error> opened(const fs::path& path, const Error& error) {
  if (error.message.rfind(path.string(), 0) == 0) return fail(error);
  return fail(error.code, path.string() + ": " + error.message);
}

class NetworkPredictor : public Predictor {
 public:
  explicit NetworkPredictor(Model model) : model_(std::move(model)) {
    const std::vector<torch::Tensor>& tensors = model_.net->tensors();
    if (!tensors.empty()) device_ = tensors.front().device();
  }

  Result<Field> predict(ImageView image) const override {
    Result<Prepared> prepared = preprocess(image, model_.manifest.input);
    if (!prepared) return fail(prepared.error());
    torch::Tensor logits;
    try {
      const torch::NoGradGuard noGradients;
      const torch::Tensor input =
          torch::from_blob(prepared->tensor.values.data(), prepared->tensor.shape, torch::kFloat32);
      const std::vector<torch::Tensor> outputs = model_.net->forward(input.to(device_));
      logits = outputs.at(0).to(torch::kCPU, torch::kFloat32).squeeze(0).contiguous();
    } catch (const c10::Error& error) {
      const auto shapes = inferShapes(model_.net->graph(), prepared->tensor.shape);
      if (!shapes) return fail(shapes.error());  // too small an image, in our words
      const std::string why = firstLine(error.what_without_backtrace());
      // A smaller image may fit: that is no trouble of the system.
      return fail(isOutOfMemory(why) ? ErrorCode::unsupported : ErrorCode::io,
                  "the network failed: " + why);
    }
    Result<NetworkScores> scores = scoresOf(logits.data_ptr<float>(), logits.sizes().vec(),
                                            model_.manifest.output, model_.manifest.classes.size());
    if (!scores) return fail(scores.error());
    const Dims shape{scores->channels, scores->height, scores->width};
    const float* values = scores->values();
    return Field{.logits = {shape, {values, values + elementCount(shape)}},
                 .output = model_.manifest.output,
                 .placement = prepared->placement};
  }

 private:
  Model model_;
  torch::Device device_ = torch::kCPU;
};

Result<Model> modelInOnnxRuntime(const std::string& bytes, const Result<OnnxFacts>& facts,
                                 const std::string& device) {
  if (!facts) return fail(facts.error());
  Result<OnnxNetwork> network = onnxNetwork(*facts);
  if (!network) return fail(network.error());
  if (device.rfind("cuda", 0) == 0) {
    return fail(ErrorCode::badArgument,
                "ONNX Runtime runs networks on the CPU here; --device cpu asks for that");
  }
  Model model{.manifest = network->manifest, .net = nullptr, .note = {}};
  Result<std::unique_ptr<Predictor>> predictor =
      inOnnxRuntime(bytes, std::move(*network), torch::get_num_threads());
  if (!predictor) return fail(predictor.error());
  model.inOnnxRuntime = std::move(*predictor);
  return model;
}

// What our reader refuses, in ONNX Runtime where that can help.
Result<Model> modelElsewhere(const fs::path& path, const std::string& bytes,
                             const Result<OnnxFacts>& facts, const std::string& device,
                             const Error& refusal) {
  if (!facts || !facts->manifest) return fail(refusal);
  if (const Result<OnnxNetwork> fits = onnxNetwork(*facts); !fits) return fail(fits.error());
  if (onnxRuntimeVersion().empty()) {
    if (refusal.code != ErrorCode::unsupported) return fail(refusal);  // wrong for others as well
    return fail(refusal.code, refusal.message + "; ONNX Runtime may run it: " + kGetOnnxRuntime);
  }
  Result<Model> model = modelInOnnxRuntime(bytes, facts, device);
  if (!model) return fail(model.error().code, refusal.message + "; " + model.error().message);
  model->note = path.string() + " runs in ONNX Runtime " + onnxRuntimeVersion() +
                ", on the CPU: " + refusal.message;
  return model;
}

Result<Model> modelInLibTorch(OnnxModel read, torch::Device device, bool selfCheck) {
  Model model{.manifest = std::move(read.manifest),
              .net = std::make_shared<Executor>(std::move(read.graph), 0),
              .note = {}};
  if (Result<void> loaded = model.net->load(read.weights); !loaded) return fail(loaded.error());
  try {
    model.net->to(device);
    model.net->eval();
    if (!selfCheck) return model;
    Result<std::string> note =
        limbus::selfCheck({model.net.get()}, model.manifest.input, {.device = device});
    if (!note) return fail(note.error());
    model.note = std::move(*note);
  } catch (const c10::Error& error) {
    return fail(ErrorCode::io, "device " + device.str() + ": " + error.what_without_backtrace());
  }
  return model;
}

}  // namespace

Result<Model> loadModel(const fs::path& runOrOnnx, const std::string& device, bool selfCheck,
                        Engine engine) {
  const Result<torch::Device> chosen = chooseDevice(device);
  if (!chosen) return fail(chosen.error());
  const Result<std::string> bytes = onnxBytes(runOrOnnx);
  if (!bytes) return opened(runOrOnnx, bytes.error());
  const auto load = [&]() -> Result<Model> {
    if (engine == Engine::onnxRuntime) {
      return modelInOnnxRuntime(*bytes, inspectOnnx(*bytes), device);
    }
    Result<OnnxModel> read = readOnnx(*bytes);
    if (read) return modelInLibTorch(std::move(*read), *chosen, selfCheck);
    const Result<OnnxFacts> facts = inspectOnnx(*bytes);
    if (facts) {  // what cannot run anywhere is said before what is missing here
      if (const Result<OnnxInterface> ports = imageInterface(*facts); !ports) {
        return fail(ports.error());
      }
    }
    if (engine == Engine::limbus) return fail(read.error());
    return modelElsewhere(runOrOnnx, *bytes, facts, device, read.error());
  };
  Result<Model> model = load();
  if (!model) return opened(runOrOnnx, model.error());
  return model;
}

std::unique_ptr<Predictor> predictorOf(Model model) {
  if (model.inOnnxRuntime) return std::move(model.inOnnxRuntime);
  return std::make_unique<NetworkPredictor>(std::move(model));
}

}  // namespace limbus
