#include "shared/ops/onnx_emitter.h"

#include <bit>

#include "shared/onnx/proto.h"

namespace limbus {
namespace {

using namespace onnx_field;

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

// Names that the file keeps for its own inputs and outputs.
bool reserved(const std::string& name) {
  return name == "image" || name == "logits" || name == "mask" || name == "scores";
}

template <class T>
std::string_view bytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string attributeMessage(const std::string& name, const OnnxAttributeValue& value) {
  WireWriter out;
  out.bytes(kAttributeName, name);
  int kind = kKindInt;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    out.integer(kAttributeInt, *integer);
  } else if (const auto* number = std::get_if<float>(&value)) {
    out.float32(kAttributeFloat, *number);
    kind = kKindFloat;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    out.bytes(kAttributeString, *text);
    kind = kKindString;
  } else {
    for (std::int64_t entry : std::get<std::vector<std::int64_t>>(value)) {
      out.integer(kAttributeInts, entry);
    }
    kind = kKindInts;
  }
  out.integer(kAttributeKind, kind);
  return out.take();
}

}  // namespace

std::vector<std::int64_t> onnxPair(Extent extent) { return {extent.h, extent.w}; }

std::vector<std::int64_t> onnxPads(Extent padding) {
  return {padding.h, padding.w, padding.h, padding.w};
}

OnnxEmitter::OnnxEmitter(const Graph& graph, const Weights& weights, std::string outputName)
    : graph_(graph), weights_(weights), names_(graph.valueCount) {
  names_[0] = "image";
  for (const Node& node : graph.nodes) {
    names_[node.outputs[0]] = reserved(node.name) ? node.name + "/value" : node.name;
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
      names_[node.outputs[i]] = node.name + "/" + opRow(node.op).moreOutputs[i - 1].name;
    }
  }
  names_[graph.outputs[0].value] = std::move(outputName);
  for (const std::string& name : names_) claim(name);
}

void OnnxEmitter::claim(const std::string& name) {
  if (!claimed_.insert(name).second && duplicate_.empty()) duplicate_ = name;
}

Result<void> OnnxEmitter::run() {
  for (const Node& node : graph_.nodes) {
    node_ = &node;
    const OpRow& row = opRow(node.op);
    if (!row.writeOnnx) {
      return fail(nodeError(node, {ErrorCode::unsupported, "has no form in ONNX"}));
    }
    if (auto ok = row.writeOnnx(*this); !ok) return fail(nodeError(node, ok.error()));
  }
  if (duplicate_.empty()) return {};
  return fail(ErrorCode::badArgument,
              "the name '" + duplicate_ + "' stands for two things; rename a node");
}

std::string OnnxEmitter::parameter(const char* role, const Dims& shape) {
  const Parameter& parameter = *view().parameter(role);
  if (written_.insert(parameter.name).second) {
    claim(parameter.name);
    const Tensor& tensor = weights_.at(parameter.name);
    writeTensor(parameter.name, kOnnxFloat, shape.empty() ? tensor.shape : shape,
                bytesOf(tensor.values));
  }
  return parameter.name;
}

std::vector<std::string> OnnxEmitter::inputAndParameters() {
  std::vector<std::string> inputs{input(0)};
  for (const ParameterRole& role : opRow(node_->op).parameters) {
    if (view().parameter(role.name)) inputs.push_back(parameter(role.name));
  }
  return inputs;
}

std::string OnnxEmitter::constant(const char* suffix, const std::vector<std::int64_t>& values) {
  const std::string name = node_->name + "/" + suffix;
  claim(name);
  writeTensor(name, kOnnxInt64, {static_cast<std::int64_t>(values.size())}, bytesOf(values));
  return name;
}

std::string OnnxEmitter::constant(const char* suffix, float value) {
  const std::string name = node_->name + "/" + suffix;
  claim(name);
  writeTensor(name, kOnnxFloat, {}, bytesOf(std::vector<float>{value}));
  return name;
}

std::string OnnxEmitter::constantScalar(const char* suffix, std::int64_t value) {
  const std::string name = node_->name + "/" + suffix;
  claim(name);
  writeTensor(name, kOnnxInt64, {}, bytesOf(std::vector<std::int64_t>{value}));
  return name;
}

std::string OnnxEmitter::constantFloats(const char* suffix, const std::vector<float>& values) {
  const std::string name = node_->name + "/" + suffix;
  claim(name);
  writeTensor(name, kOnnxFloat, {static_cast<std::int64_t>(values.size())}, bytesOf(values));
  return name;
}

std::string OnnxEmitter::extraNode(const char* suffix, const char* type,
                                   const std::vector<std::string>& inputs,
                                   const OnnxAttributes& attributes) {
  const std::string name = node_->name + "/" + suffix;
  claim(name);
  writeNode(name, type, inputs, {name}, attributes);
  return name;
}

std::string OnnxEmitter::sizesLike(int other) {
  const std::string planes = extraNode("planes", "Shape", {input(0)},
                                       {{"end", std::int64_t{2}}, {"start", std::int64_t{0}}});
  const std::string like = extraNode("like", "Shape", {input(other)}, {{"start", std::int64_t{2}}});
  return extraNode("sizes", "Concat", {planes, like}, {{"axis", std::int64_t{0}}});
}

void OnnxEmitter::emit(const std::vector<std::string>& inputs, const OnnxAttributes& attributes) {
  std::vector<std::string> outputs;
  for (ValueId output : node_->outputs) outputs.push_back(names_[output]);
  writeNode(node_->name, opRow(node_->op).onnxType, inputs, outputs, attributes);
}

void OnnxEmitter::argmax(const std::string& result) {
  claim(result);
  writeNode(result, "ArgMax", {names_[graph_.outputs[0].value]}, {result},
            {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
}

void OnnxEmitter::writeNode(const std::string& name, const std::string& type,
                            const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs,
                            const OnnxAttributes& attributes) {
  WireWriter out;
  for (const std::string& input : inputs) out.bytes(kNodeInput, input);
  for (const std::string& output : outputs) out.bytes(kNodeOutput, output);
  out.bytes(kNodeName, name);
  out.bytes(kNodeType, type);
  for (const auto& [key, value] : attributes) {
    out.bytes(kNodeAttribute, attributeMessage(key, value));
  }
  WireWriter field;
  field.bytes(kGraphNode, out.str());
  nodes_ += field.str();
}

void OnnxEmitter::writeTensor(const std::string& name, int type, const Dims& shape,
                              std::string_view bytes) {
  WireWriter out;
  for (std::int64_t extent : shape) out.integer(kTensorDims, extent);
  out.integer(kTensorType, type);
  out.bytes(kTensorName, name);
  out.bytes(kTensorRaw, bytes);
  WireWriter field;
  field.bytes(kGraphInitializer, out.str());
  initializers_ += field.str();
}

}  // namespace limbus
