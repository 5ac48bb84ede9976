#include "shared/model/foreign_parts.h"

#include <algorithm>

#include "shared/onnx/proto_tensor.h"
#include "shared/onnx/wire.h"

namespace limbus {
namespace {

using namespace onnx_field;

constexpr std::size_t kMostKnown = 64;  // of sizes and axes there are few

OnnxAttribute& attributeOf(OnnxNode& node, std::string_view name, int kind) {
  dropAttribute(node, name);
  OnnxAttribute& made = node.attributes.emplace_back();
  made.name = name;
  made.kind = kind;
  return made;
}

// An index or bound along a list, negative ones from its end.
std::int64_t within(std::int64_t index, std::size_t size) {
  const auto count = static_cast<std::int64_t>(size);
  return std::clamp<std::int64_t>(index < 0 ? index + count : index, 0, count);
}

std::optional<KnownIntegers> shapeOf(const OnnxNode& node, const AxisOrder& order) {
  KnownIntegers sizes;
  for (const int axis : order) sizes.push_back({.source = node.inputs[0], .axis = axis});
  const auto begin = within(integerOf(node, "start", 0), sizes.size());
  const auto end = within(integerOf(node, "end", 4), sizes.size());
  if (begin >= end) return std::nullopt;
  return KnownIntegers(sizes.begin() + begin, sizes.begin() + end);
}

std::optional<KnownIntegers> gathered(const ForeignParts& parts, const OnnxNode& node,
                                      const KnownIntegers& from) {
  const auto indices =
      node.inputs.size() == 2 ? parts.constantIntegers(node.inputs[1]) : std::nullopt;
  if (!indices || integerOf(node, "axis", 0) != 0) return std::nullopt;
  KnownIntegers out;
  for (const std::int64_t index : *indices) {
    const std::int64_t place = index < 0 ? index + static_cast<std::int64_t>(from.size()) : index;
    if (place < 0 || place >= static_cast<std::int64_t>(from.size())) return std::nullopt;
    out.push_back(from[static_cast<std::size_t>(place)]);
  }
  return out;
}

std::optional<KnownIntegers> sliced(const ForeignParts& parts, const OnnxNode& node,
                                    const KnownIntegers& from) {
  const auto bound = [&](std::size_t input, const char* attribute) {
    if (node.inputs.size() > input) return parts.constantIntegers(node.inputs[input]);
    const OnnxAttribute* given = findAttribute(node, attribute);  // before opset 10
    return given ? std::optional(given->integers) : std::nullopt;
  };
  const auto starts = bound(1, "starts"), ends = bound(2, "ends"), steps = bound(4, "steps");
  if (!starts || !ends || starts->size() != 1 || ends->size() != 1) return std::nullopt;
  if (steps && *steps != std::vector<std::int64_t>{1}) return std::nullopt;
  const auto begin = within((*starts)[0], from.size()), end = within((*ends)[0], from.size());
  if (begin > end) return std::nullopt;
  return KnownIntegers(from.begin() + begin, from.begin() + end);
}

// Arithmetic on whole numbers that are known, as exporters halve channels.
std::optional<KnownIntegers> calculated(const ForeignParts& parts, const OnnxNode& node) {
  if (node.inputs.size() != 2) return std::nullopt;
  const auto a = parts.constantIntegers(node.inputs[0]), b = parts.constantIntegers(node.inputs[1]);
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  if (a->size() != b->size() && a->size() != 1 && b->size() != 1) return std::nullopt;
  constexpr std::int64_t kLargest = std::int64_t{1} << 31;  // of what is multiplied
  KnownIntegers out;
  for (std::size_t i = 0; i < std::max(a->size(), b->size()); ++i) {
    const std::int64_t x = (*a)[a->size() == 1 ? 0 : i], y = (*b)[b->size() == 1 ? 0 : i];
    if (x < -kLargest || x > kLargest || y < -kLargest || y > kLargest) return std::nullopt;
    if (node.type == "Div" && y == 0) return std::nullopt;
    out.push_back({.constant = node.type == "Add"   ? x + y
                               : node.type == "Sub" ? x - y
                               : node.type == "Mul" ? x * y
                                                    : x / y});
  }
  return out;
}

}  // namespace

std::string_view ForeignParts::keep(std::string text) {
  madeBytes_ += text.size();
  return kept_.emplace_back(std::move(text));
}

std::string_view ForeignParts::fresh(std::string_view base, const char* suffix) {
  constexpr std::size_t kLongest = 100;  // with what comes behind it still a plain name
  return keep(onnxText(base.substr(0, kLongest)) + "/limbus" + std::to_string(made_++) + suffix);
}

std::string_view ForeignParts::addAs(const char* suffix, OnnxTensor tensor) {
  tensor.name = fresh("constant", suffix);
  madeBytes_ += tensor.message.size();
  add(tensor);
  return tensor.name;
}

void ForeignParts::add(const OnnxTensor& tensor) {
  if (tensors_.emplace(tensor.name, tensor).second) order_.push_back(tensor.name);
}

const OnnxTensor* ForeignParts::tensor(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::string_view ForeignParts::floats(std::string_view name, const Dims& shape,
                                      const std::vector<float>& values) {
  WireWriter message;
  for (const std::int64_t extent : shape) message.integer(kTensorDims, extent);
  message.integer(kTensorType, kOnnxFloat);
  message.bytes(kTensorName, name);
  message.bytes(kTensorRaw, std::string_view(reinterpret_cast<const char*>(values.data()),
                                             values.size() * sizeof(float)));
  add(*parseOnnxTensor(keep(message.take()), OnnxForm::whole));
  return name;
}

std::string_view ForeignParts::integers(std::string_view name,
                                        const std::vector<std::int64_t>& values) {
  WireWriter message;
  message.integer(kTensorDims, static_cast<std::int64_t>(values.size()));
  message.integer(kTensorType, kOnnxInt64);
  message.bytes(kTensorName, name);
  message.bytes(kTensorRaw, std::string_view(reinterpret_cast<const char*>(values.data()),
                                             values.size() * sizeof(std::int64_t)));
  add(*parseOnnxTensor(keep(message.take()), OnnxForm::whole));
  return name;
}

std::vector<OnnxTensor> ForeignParts::tensors() const {
  std::vector<OnnxTensor> all;
  for (const std::string_view name : order_) all.push_back(tensors_.at(name));
  return all;
}

std::optional<std::vector<float>> ForeignParts::constantFloats(std::string_view name) const {
  const OnnxTensor* found = tensor(name);
  if (!found || !isOnnxFloating(found->type)) return std::nullopt;
  std::vector<float> values = onnxFloats(*found);
  if (static_cast<std::int64_t>(values.size()) != found->elements) return std::nullopt;
  return values;
}

std::optional<KnownIntegers> ForeignParts::known(std::string_view name) const {
  const auto found = known_.find(name);
  if (found != known_.end()) return found->second;
  const OnnxTensor* constant = tensor(name);
  if (!constant || (constant->type != kOnnxInt64 && constant->type != kOnnxInt32)) {
    return std::nullopt;
  }
  if (constant->elements > static_cast<std::int64_t>(kMostKnown)) return std::nullopt;
  KnownIntegers values;
  for (const std::int64_t value : onnxIntegers(*constant)) values.push_back({.constant = value});
  return values;
}

std::optional<std::vector<std::int64_t>> ForeignParts::constantIntegers(
    std::string_view name) const {
  const auto values = known(name);
  if (!values) return std::nullopt;
  std::vector<std::int64_t> plain;
  for (const KnownInteger& value : *values) {
    if (!value.source.empty()) return std::nullopt;
    plain.push_back(value.constant);
  }
  return plain;
}

std::string_view textOf(const OnnxNode& node, std::string_view name, std::string_view byDefault) {
  const OnnxAttribute* found = findAttribute(node, name);
  return found ? found->text : byDefault;
}

std::vector<std::int64_t> integersOf(const OnnxNode& node, std::string_view name,
                                     std::vector<std::int64_t> byDefault) {
  const OnnxAttribute* found = findAttribute(node, name);
  return found ? found->integers : byDefault;
}

void setInteger(OnnxNode& node, std::string_view name, std::int64_t value) {
  attributeOf(node, name, kKindInt).integer = value;
}

void setIntegers(OnnxNode& node, std::string_view name, std::vector<std::int64_t> values) {
  attributeOf(node, name, kKindInts).integers = std::move(values);
}

void setNumber(OnnxNode& node, std::string_view name, float value) {
  attributeOf(node, name, kKindFloat).number = value;
}

void setOneByOne(OnnxNode& conv, std::int64_t groups) {
  setIntegers(conv, "kernel_shape", {1, 1});
  setIntegers(conv, "strides", {1, 1});
  setIntegers(conv, "dilations", {1, 1});
  setIntegers(conv, "pads", {0, 0, 0, 0});
  setInteger(conv, "group", groups);
}

void setText(OnnxNode& node, std::string_view name, std::string_view text) {
  attributeOf(node, name, kKindString).text = text;
}

void dropAttribute(OnnxNode& node, std::string_view name) {
  std::erase_if(node.attributes,
                [&](const OnnxAttribute& attribute) { return attribute.name == name; });
}

std::optional<KnownIntegers> sizesComputed(const ForeignParts& parts, const OnnxNode& node,
                                           const AxisOrder& order) {
  if (node.inputs.empty()) return std::nullopt;
  if (node.type == "Shape") return shapeOf(node, order);
  if (node.type == "Concat") {
    KnownIntegers all;
    for (const std::string_view input : node.inputs) {
      const auto part = parts.known(input);
      // Each may join the one before to itself.
      if (!part || all.size() + part->size() > kMostKnown) return std::nullopt;
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }
  const auto from = parts.known(node.inputs[0]);
  if (!from) return std::nullopt;
  if (node.type == "Gather") return gathered(parts, node, *from);
  if (node.type == "Slice") return sliced(parts, node, *from);
  for (const char* sign : {"Add", "Sub", "Mul", "Div"}) {
    if (node.type == sign) return calculated(parts, node);
  }
  for (const char* same : {"Unsqueeze", "Squeeze", "Cast", "Reshape", "Floor"}) {
    if (node.type == same) return from;
  }
  return std::nullopt;
}

}  // namespace limbus
