#include "native/infer/model.h"

#include "native/system/files.h"
#include "native/train/train.h"
#include "shared/model/onnx_model.h"
#include "shared/nets/nets.h"
#include "shared/vision/preprocess.h"
#include "shared/vision/upsample_argmax.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

Result<std::string> onnxBytes(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return fail(ErrorCode::notFound, path.string() + ": no such run or model file");
  }
  if (!fs::is_directory(path, error) && path.extension() != ".limbus") return readBytes(path);
  Result<Checkpoint> checkpoint = readCheckpoint(path);
  if (!checkpoint) return fail(checkpoint.error());
  Result<Graph> graph = buildNet(checkpoint->recipe.net, checkpoint->recipe.ports());
  if (!graph) return fail(graph.error());
  return writeOnnx(*graph, checkpoint->weights, manifestOf(checkpoint->recipe), {});
}

tl::unexpected<Error> opened(const fs::path& path, const Error& error) {
  if (error.message.rfind(path.string(), 0) == 0) return fail(error);
  return fail(error.code, path.string() + ": " + error.message);
}

// Logits [K,h,w] to class indices [h,w]; ties go to the lower class.
std::vector<std::uint8_t> argmaxOf(const torch::Tensor& logits) {
  const std::int64_t classes = logits.size(0), pixels = logits.size(1) * logits.size(2);
  const float* values = logits.data_ptr<float>();
  std::vector<std::uint8_t> best(static_cast<std::size_t>(pixels), 0);
  for (std::int64_t i = 0; i < pixels; ++i) {
    for (std::int64_t c = 1; c < classes; ++c) {
      if (values[c * pixels + i] > values[best[i] * pixels + i]) {
        best[i] = static_cast<std::uint8_t>(c);
      }
    }
  }
  return best;
}

}  // namespace

Result<Model> loadModel(const fs::path& runOrOnnx, const std::string& device) {
  Result<torch::Device> chosen = chooseDevice(device);
  if (!chosen) return fail(chosen.error());
  Result<std::string> bytes = onnxBytes(runOrOnnx);
  if (!bytes) return opened(runOrOnnx, bytes.error());
  Result<OnnxModel> read = readOnnx(*bytes);
  if (!read) return opened(runOrOnnx, read.error());
  Model model{std::move(read->manifest), std::make_shared<Executor>(std::move(read->graph), 0),
              *chosen};
  if (Result<void> loaded = model.net->load(read->weights); !loaded) {
    return opened(runOrOnnx, loaded.error());
  }
  try {
    model.net->to(model.device);
    model.net->eval();
  } catch (const c10::Error& error) {
    return fail(ErrorCode::io,
                "device " + model.device.str() + ": " + error.what_without_backtrace());
  }
  return model;
}

Result<Mask> predictMask(Model& model, ImageView image) {
  Result<Prepared> prepared = preprocess(image, model.manifest.input);
  if (!prepared) return fail(prepared.error());
  torch::Tensor logits;
  try {
    const torch::NoGradGuard noGradients;
    const torch::Tensor input =
        torch::from_blob(prepared->tensor.values.data(), prepared->tensor.shape, torch::kFloat32);
    const std::vector<torch::Tensor> outputs = model.net->forward(input.to(model.device));
    logits = outputs.at(0).to(torch::kCPU, torch::kFloat32).squeeze(0).contiguous();
  } catch (const c10::Error& error) {
    return fail(ErrorCode::io,
                std::string("the network failed: ") + error.what_without_backtrace());
  }
  const int classes = static_cast<int>(logits.size(0)), height = static_cast<int>(logits.size(1)),
            width = static_cast<int>(logits.size(2));
  if (model.manifest.output.kind == OutputKind::argmax) {
    return placeMask(argmaxOf(logits).data(), height, width, prepared->placement);
  }
  return upsampleArgmax(logits.data_ptr<float>(), classes, height, width, model.manifest.output,
                        prepared->placement);
}

}  // namespace limbus
