#include "shared/model/onnx_model.h"
#include "shared/model/prepare.h"
#include "shared/onnx/metadata.h"
#include "shared/onnx/proto.h"
#include "shared/onnx/wire.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/shapes.h"

namespace limbus {
namespace {

using namespace onnx_field;

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpset = 17;
constexpr const char* kInputName = "image";

struct Extents {
  std::string name;  // symbolic when `value` is absent
  std::optional<std::int64_t> value;
};

std::string valueInfo(const std::string& name, int type, const std::vector<Extents>& shape) {
  WireWriter dims;
  for (const Extents& extent : shape) {
    WireWriter dim;
    if (extent.value) {
      dim.integer(kDimValue, *extent.value);
    } else {
      dim.bytes(kDimName, extent.name);
    }
    dims.bytes(kShapeDim, dim.str());
  }
  WireWriter tensor, kind, value;
  tensor.integer(kTensorTypeElement, type);
  tensor.bytes(kTensorTypeShape, dims.str());
  kind.bytes(kTypeTensor, tensor.str());
  value.bytes(kValueName, name);
  value.bytes(kValueType, kind.str());
  return value.take();
}

struct Probe {
  Dims size;  // [N,C,H,W] that the graph accepts
  int stride = 0;
};

// Input pixels per output pixel: at a size that every usual stride divides, else (networks made for
// one size) at the file's or the manifest's own. Stride 0: no one whole number.
Result<Probe> probeStride(const Graph& graph, const OnnxOptions& options, const InputSpec& input) {
  constexpr std::int64_t kUsual = 1024;
  std::optional<Probe> accepted;
  Error refused;  // the first reason
  for (const Dims& candidate :
       {Dims{kUsual, kUsual}, Dims{options.height.value_or(kUsual), options.width.value_or(kUsual)},
        Dims{input.height, input.width}}) {
    const Dims size{options.batch.value_or(1), graph.inputChannels, candidate[0], candidate[1]};
    const auto shapes = inferShapes(graph, size);
    if (!shapes) {
      if (refused.message.empty()) refused = shapes.error();
      continue;
    }
    const Dims& out = (*shapes)[graph.outputs[0].value];
    const std::int64_t stride = size[2] / out[2];
    const bool whole = stride > 0 && out[2] * stride == size[2] && out[3] * stride == size[3];
    if (whole) return Probe{size, static_cast<int>(stride)};
    if (!accepted) accepted = Probe{size, 0};
  }
  if (accepted) return *accepted;
  return fail(refused);
}

// Without the final resize if what is left has a whole stride, otherwise with it.
Result<PreparedModel> prepare(const Graph& graph, const Weights& weights, const InputSpec& input,
                              const OnnxOptions& options, Probe& probe) {
  for (bool cut : {options.tail == Tail::logits, false}) {
    Result<PreparedModel> model = prepareForExport(graph, weights, cut, options.foldBatchNorm);
    if (!model) return model;
    const Result<Probe> found = probeStride(model->graph, options, input);
    if (!found) return fail(found.error());
    probe = *found;
    if (probe.stride > 0) return model;
  }
  return fail(ErrorCode::unsupported, "graph '" + graph.name +
                                          "' has outputs at no whole fraction of its input's size; "
                                          "end it in a resize to the input");
}

Result<std::string> completeManifest(Manifest manifest, const Graph& original,
                                     const PreparedModel& model, int stride, std::int64_t classes,
                                     Tail tail) {
  if (manifest.input.channels() != original.inputChannels) {
    return fail(ErrorCode::badArgument, "the manifest describes images of " +
                                            std::to_string(manifest.input.channels()) +
                                            " channels, graph '" + original.name + "' takes " +
                                            std::to_string(original.inputChannels));
  }
  if (static_cast<std::int64_t>(manifest.classes.size()) != classes) {
    return fail(ErrorCode::badArgument,
                "the manifest names " + std::to_string(manifest.classes.size()) +
                    " classes, graph '" + original.name + "' gives " + std::to_string(classes));
  }
  manifest.output.kind = tail == Tail::argmax ? OutputKind::argmax : OutputKind::logits;
  manifest.output.stride = stride;
  if (model.resizeCut || stride == 1) manifest.output.alignCorners = model.alignCorners;
  if (manifest.learnedParameters == 0) manifest.learnedParameters = countParameters(original);
  const std::string json = toJson(manifest);
  const Result<Manifest> readBack = parseManifest(json);
  if (!readBack) return fail(readBack.error());
  return json;
}

std::vector<Extents> imageShape(const OnnxOptions& options, std::int64_t channels) {
  return {{"N", options.batch}, {"C", channels}, {"H", options.height}, {"W", options.width}};
}

std::vector<Extents> outputShape(const OnnxOptions& options, const Dims& out, int stride) {
  const std::string over = stride > 1 ? "/" + std::to_string(stride) : "";
  std::vector<Extents> shape{{"N", options.batch},
                             {"K", out[1]},
                             {"H" + over, options.height},
                             {"W" + over, options.width}};
  if (shape[2].value) shape[2].value = out[2];
  if (shape[3].value) shape[3].value = out[3];
  if (options.tail == Tail::argmax) shape.erase(shape.begin() + 1);
  return shape;
}

std::string modelBytes(const std::string& graph,
                       const std::map<std::string, std::string>& metadata) {
  WireWriter opset, out;
  opset.bytes(kOpsetDomain, "");
  opset.integer(kOpsetVersion, kOpset);
  out.integer(kModelIrVersion, kIrVersion);
  out.bytes(kModelProducer, "limbus");
  out.bytes(kModelGraph, graph);
  out.bytes(kModelOpset, opset.str());
  std::string bytes = out.take();
  for (const auto& [key, value] : metadata) bytes += metadataEntry(key, value);
  return bytes;
}

}  // namespace

Result<std::string> writeOnnx(const Graph& graph, const Weights& weights, Manifest manifest,
                              const OnnxOptions& options) {
  constexpr std::size_t kMaxBytes = 0x7fffffff;  // protobuf's own limit
  Probe probe;
  const Result<PreparedModel> model = prepare(graph, weights, manifest.input, options, probe);
  if (!model) return fail(model.error());
  const int stride = probe.stride;
  Result<std::vector<Dims>> shapes = inferShapes(
      model->graph, {probe.size[0], probe.size[1], options.height.value_or(probe.size[2]),
                     options.width.value_or(probe.size[3])});
  if (!shapes) return fail(shapes.error());
  const Dims out = (*shapes)[model->graph.outputs[0].value];
  const Result<std::string> contract =
      completeManifest(std::move(manifest), graph, *model, stride, out[1], options.tail);
  if (!contract) return fail(contract.error());

  const bool argmax = options.tail == Tail::argmax;
  OnnxEmitter emitter(model->graph, model->weights, argmax ? "scores" : "logits");
  if (auto ok = emitter.run(); !ok) return fail(ok.error());
  if (argmax) emitter.argmax("mask");

  WireWriter head, ports;
  head.bytes(kGraphName, graph.name);
  ports.bytes(kGraphInput,
              valueInfo(kInputName, kOnnxFloat, imageShape(options, graph.inputChannels)));
  ports.bytes(kGraphOutput, valueInfo(argmax ? "mask" : "logits", argmax ? kOnnxInt64 : kOnnxFloat,
                                      outputShape(options, out, stride)));
  std::map<std::string, std::string> metadata = options.metadata;
  metadata[Manifest::metadataKey] = *contract;
  std::string bytes =
      modelBytes(emitter.nodes() + head.str() + emitter.initializers() + ports.str(), metadata);
  if (bytes.size() <= kMaxBytes) return bytes;
  return fail(ErrorCode::unsupported,
              "graph '" + graph.name + "' takes more than 2 GiB as one file");
}

}  // namespace limbus
