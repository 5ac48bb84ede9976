#include "shared/onnx/facts.h"

#include <map>
#include <set>

#include "shared/onnx/argmax_classes.h"
#include "shared/onnx/outline.h"
#include "shared/onnx/proto.h"

namespace limbus {
namespace {

OnnxTensorInfo describeValue(const OnnxValue& value) {
  OnnxTensorInfo info;
  info.name = onnxText(value.name);
  const char* type = onnxTypeName(value.type);
  info.type = type ? type : "unknown";
  info.shaped = value.shaped;
  for (const OnnxDim& dim : value.shape) {
    info.shape.push_back(dim.value >= 0     ? std::to_string(dim.value)
                         : dim.name.empty() ? "?"
                                            : onnxText(dim.name));
  }
  return info;
}

}  // namespace

Result<OnnxFacts> inspectOnnx(std::string_view bytes) {
  OnnxOutline outline(bytes.size());
  while (const std::uint64_t size = outline.wantedBytes()) {
    const Result<void> given = outline.give(bytes.substr(outline.wantedOffset(), size));
    if (!given) return fail(given.error());
  }
  return inspectOnnx(outline);
}

Result<OnnxFacts> inspectOnnx(const OnnxOutline& outline) {
  const Result<OnnxFile> file = parseOnnx(outline.text(), OnnxForm::outline);
  if (!file) return fail(file.error());
  OnnxFacts facts;
  facts.irVersion = static_cast<int>(file->irVersion);
  facts.opset = static_cast<int>(file->opset);
  facts.producer = onnxText(file->producer);
  if (!file->producerVersion.empty()) facts.producer += " " + onnxText(file->producerVersion);
  facts.initializerElements = file->storedNumbers;
  std::set<std::string_view> weights;
  for (const OnnxTensor& tensor : file->graph.initializers) weights.insert(tensor.name);
  for (const OnnxValue& value : file->graph.inputs) {
    // Files before IR 4 list their weights as inputs too.
    if (!weights.count(value.name)) facts.inputs.push_back(describeValue(value));
  }
  std::map<std::string_view, std::string_view> makers;
  for (const OnnxNode& node : file->graph.nodes) {
    for (const std::string_view name : node.outputs) makers.emplace(name, node.type);
  }
  const std::vector<int> classes = argmaxClasses(file->graph);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const OnnxValue& value = file->graph.outputs[i];
    facts.outputs.push_back(describeValue(value));
    const auto maker = makers.find(value.name);
    facts.outputs.back().madeBy = maker == makers.end() ? "" : onnxText(maker->second);
    facts.outputs.back().argmaxClasses = classes[i];
  }
  for (const auto& [type, count] : file->opCounts) facts.opCounts[type] = count;
  for (const auto& [name, bytes] : file->externalFiles) {
    facts.externalFiles.push_back({name, bytes});
  }
  for (const auto& [key, text] : file->metadata) {
    if (key != Manifest::metadataKey) facts.metadata[key] = text;
  }
  const auto manifest = file->metadata.find(Manifest::metadataKey);
  if (manifest == file->metadata.end()) return facts;
  Result<Manifest> parsed = parseManifest(manifest->second);
  if (!parsed) return fail(parsed.error());
  facts.manifest = std::move(*parsed);
  return facts;
}

}  // namespace limbus
