#include "native/infer/model.h"

#include "native/system/files.h"
#include "native/train/model_file.h"
#include "native/train/self_check.h"
#include "native/train/train.h"
#include "shared/model/onnx_model.h"
#include "shared/nets/nets.h"
#include "shared/vision/network_output.h"
#include "shared/vision/preprocess.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

Result<std::string> onnxBytes(const fs::path& path) {
  const Result<fs::path> file = modelFile(path, ModelUse::predict);
  if (!file) return fail(file.error());
  if (!isCheckpointName(*file)) return readBytes(*file);
  Result<Checkpoint> checkpoint = readCheckpoint(*file);
  if (!checkpoint) return fail(checkpoint.error());
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
  explicit NetworkPredictor(Model model) : model_(std::move(model)) {}

  Result<Field> predict(ImageView image) const override {
    Result<Prepared> prepared = preprocess(image, model_.manifest.input);
    if (!prepared) return fail(prepared.error());
    torch::Tensor logits;
    try {
      const torch::NoGradGuard noGradients;
      const torch::Tensor input =
          torch::from_blob(prepared->tensor.values.data(), prepared->tensor.shape, torch::kFloat32);
      const std::vector<torch::Tensor> outputs = model_.net->forward(input.to(model_.device));
      logits = outputs.at(0).to(torch::kCPU, torch::kFloat32).squeeze(0).contiguous();
    } catch (const c10::Error& error) {
      return fail(ErrorCode::io,
                  std::string("the network failed: ") + error.what_without_backtrace());
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
};

}  // namespace

Result<Model> loadModel(const fs::path& runOrOnnx, const std::string& device, bool selfCheck) {
  Result<torch::Device> chosen = chooseDevice(device);
  if (!chosen) return fail(chosen.error());
  Result<std::string> bytes = onnxBytes(runOrOnnx);
  if (!bytes) return opened(runOrOnnx, bytes.error());
  Result<OnnxModel> read = readOnnx(*bytes);
  if (!read) return opened(runOrOnnx, read.error());
  Model model{std::move(read->manifest),
              std::make_shared<Executor>(std::move(read->graph), 0),
              *chosen,
              {}};
  if (Result<void> loaded = model.net->load(read->weights); !loaded) {
    return opened(runOrOnnx, loaded.error());
  }
  try {
    model.net->to(model.device);
    model.net->eval();
    if (!selfCheck) return model;
    Result<std::string> note =
        limbus::selfCheck({model.net.get()}, model.manifest.input, model.device);
    if (!note) return opened(runOrOnnx, note.error());
    model.note = std::move(*note);
  } catch (const c10::Error& error) {
    return fail(ErrorCode::io,
                "device " + model.device.str() + ": " + error.what_without_backtrace());
  }
  return model;
}

std::unique_ptr<Predictor> predictorOf(Model model) {
  return std::make_unique<NetworkPredictor>(std::move(model));
}

}  // namespace limbus
