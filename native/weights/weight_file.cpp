#include "native/weights/weight_file.h"

#include "native/system/files.h"
#include "native/weights/onnx_file.h"
#include "native/weights/safetensors.h"
#include "native/weights/torch_file.h"
#include "shared/onnx/proto.h"

namespace limbus {
namespace {

Result<WeightFile> fromSafetensors(std::string bytes) {
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  Result<Safetensors> read = readSafetensors(*owner);
  if (!read) {
    return fail(read.error().code, "not safetensors, or a damaged file: " + read.error().message);
  }
  return WeightFile{"safetensors", {{"", std::move(read->tensors)}}, owner};
}

StoredTensor stored(const Dims& shape, const std::vector<float>& values) {
  const std::string_view storage(reinterpret_cast<const char*>(values.data()),
                                 values.size() * sizeof(float));
  return {Element::float32, shape, denseStrides(shape), 0, storage};
}

// Initialisers, by the names that the exporter left them.
Result<WeightFile> fromOnnx(const std::string& bytes) {
  const Result<OnnxFile> read = parseOnnx(bytes);
  if (!read) return fail(read.error());
  const auto values = std::make_shared<std::vector<std::vector<float>>>();
  WeightGroup group;
  for (const OnnxTensor& tensor : read->graph.initializers) {
    if (tensor.type != kOnnxFloat) continue;
    values->push_back(onnxFloats(tensor));
    group.tensors.emplace_back(std::string(tensor.name), stored(tensor.shape, values->back()));
  }
  return WeightFile{"ONNX", {std::move(group)}, values};
}

Result<WeightFile> readAny(std::string bytes, const std::filesystem::path& folder) {
  if (bytes.empty()) return fail(ErrorCode::badData, "the file is empty");
  if (isTorchFile(bytes)) return readTorchFile(std::move(bytes));
  if (isSafetensors(bytes)) return fromSafetensors(std::move(bytes));
  const Result<std::string> whole = withExternalData(std::move(bytes), folder);
  if (!whole) return fail(whole.error());
  Result<WeightFile> onnx = fromOnnx(*whole);
  if (onnx) return onnx;
  return fail(
      onnx.error().code,
      "no weights that are read here (PyTorch's .pth, safetensors, ONNX): " + onnx.error().message);
}

}  // namespace

Result<WeightFile> readWeightFile(const std::filesystem::path& file) {
  Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  return unpackWeightFile(std::move(*bytes), file);
}

Result<WeightFile> unpackWeightFile(std::string bytes, const std::filesystem::path& file) {
  Result<WeightFile> read = readAny(std::move(bytes), file.parent_path());
  if (!read) return fail(read.error().code, file.string() + ": " + read.error().message);
  return read;
}

WeightFile asWeightFile(const Weights& weights) {
  WeightGroup group;
  for (const auto& [name, tensor] : weights) {
    group.tensors.emplace_back(name, stored(tensor.shape, tensor.values));
  }
  return {"limbus", {std::move(group)}, nullptr};
}

}  // namespace limbus
