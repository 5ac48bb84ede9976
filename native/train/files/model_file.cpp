#include "native/train/files/model_file.h"

#include "native/train/files/run_folder.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// One of these in the folder, the first that is there; else empty.
fs::path firstOf(std::initializer_list<fs::path> files) {
  std::error_code error;
  for (const fs::path& file : files) {
    if (!file.empty() && fs::is_regular_file(file, error)) return file;
  }
  return {};
}

}  // namespace

Result<fs::path> modelFile(const fs::path& named, ModelUse use) {
  std::error_code error;
  if (!fs::exists(named, error)) {
    return fail(ErrorCode::notFound, named.string() + ": no such run or model file");
  }
  if (!fs::is_directory(named, error)) {
    if (named.extension() != ".json") return named;
    return fail(ErrorCode::badArgument,
                named.string() + ": no model; where it is a recipe, limbus train makes one of it");
  }
  const fs::path best = RunFolder{named}.found("best"), network = named / "model.onnx";
  const fs::path file = use == ModelUse::predict
                            ? firstOf({best, network})
                            : firstOf({best, named / "weights.safetensors", network});
  if (!file.empty()) return file;
  return fail(ErrorCode::notFound,
              named.string() +
                  ": no best.safetensors in this folder, and no model.onnx; expected a RUN of "
                  "limbus train with at least one validated epoch, or the folder of a released "
                  "model");
}

bool isCheckpointName(const fs::path& file) {
  return file.extension() == ".safetensors" || file.extension() == ".limbus";
}

}  // namespace limbus
