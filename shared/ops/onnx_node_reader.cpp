#include "shared/ops/onnx_node_reader.h"

#include <cmath>

namespace limbus {
namespace {

using namespace onnx_field;

tl::unexpected<Error> foreign(std::string message) {
  return fail(ErrorCode::unsupported, std::move(message));
}

}  // namespace

double decimalOf(float value) {
  const double exact = value;
  double power = 1;
  for (int digits = 0; digits <= 15; ++digits, power *= 10) {
    const double candidate = std::nearbyint(exact * power) / power;
    if (static_cast<float>(candidate) == value) return candidate;
  }
  return exact;
}

Result<void> OnnxNodeReader::input(std::string_view name) {
  const auto found = names_.values.find(name);
  if (found == names_.values.end()) {
    return foreign("reads " + onnxQuoted(name) + ", which no earlier node computes");
  }
  node_.inputs.push_back(found->second);
  return {};
}

Result<void> OnnxNodeReader::inputs(std::size_t first, std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) {
    if (i >= onnx_.inputs.size()) {
      return foreign("has " + std::to_string(onnx_.inputs.size()) + " inputs, needs " +
                     std::to_string(first + count));
    }
    if (auto ok = input(onnx_.inputs[i]); !ok) return ok;
  }
  return {};
}

Result<Dims> OnnxNodeReader::initializerShape(std::size_t index) const {
  const std::string_view name = inputName(index);
  const auto found = names_.initializers.find(name);
  if (found != names_.initializers.end()) return found->second->shape;
  return foreign("input " + std::to_string(index) + " must be an initializer, got " +
                 onnxQuoted(name));
}

Result<void> OnnxNodeReader::parameter(std::size_t index, const Dims& shape) {
  const Result<Dims> own = initializerShape(index);
  if (!own) return fail(own.error());
  return parameter(inputName(index), shape.empty() ? *own : shape);
}

Result<void> OnnxNodeReader::parameter(std::string_view name, const Dims& shape) {
  const auto found = names_.initializers.find(name);
  if (found == names_.initializers.end())
    return foreign(onnxQuoted(name) + " must be an initializer");
  const OnnxTensor& tensor = *found->second;
  if (tensor.type != kOnnxFloat && tensor.type != kOnnxHalf && tensor.type != kOnnxDouble) {
    return foreign("parameter " + onnxQuoted(name) + " must be float, got " +
                   onnxTypeName(tensor.type));
  }
  const std::vector<ParameterRole>& roles = opRow(node_.op).parameters;
  const std::size_t place = node_.parameters.size();
  if (place >= roles.size()) return foreign("has too many parameters");
  const auto known = names_.parameters.find(name);
  if (known != names_.parameters.end()) {
    node_.parameters.push_back(known->second);
    return {};
  }
  graph_.parameters.push_back({std::string(name), shape, Init::zeros, 0.0, roles[place].learned});
  node_.parameters.push_back(static_cast<int>(graph_.parameters.size()) - 1);
  return {};
}

bool OnnxNodeReader::isConstant(std::size_t index) const {
  return index < onnx_.inputs.size() && names_.initializers.count(onnx_.inputs[index]) > 0;
}

std::string_view OnnxNodeReader::inputName(std::size_t index) const {
  return index < onnx_.inputs.size() ? onnx_.inputs[index] : "";
}

const OnnxNode* OnnxNodeReader::part(std::string_view name, std::string_view type,
                                     std::size_t inputs) const {
  const auto found = names_.parts.find(name);
  if (found == names_.parts.end()) return nullptr;
  const OnnxNode& node = *found->second;
  const std::string_view read = type == "Transpose" ? "perm" : "epsilon";
  for (const OnnxAttribute& attribute : node.attributes) {
    if (attribute.name != read) return nullptr;
  }
  return node.type == type && node.inputs.size() == inputs ? &node : nullptr;
}

double OnnxNodeReader::epsilonOf(const OnnxNode& part) const {
  for (const OnnxAttribute& attribute : part.attributes) {
    if (attribute.name == "epsilon") return decimalOf(attribute.number);
  }
  return 1e-5;  // ONNX's default
}

std::vector<std::int64_t> OnnxNodeReader::permutationOf(const OnnxNode& part) const {
  for (const OnnxAttribute& attribute : part.attributes) {
    if (attribute.name == "perm") return attribute.integers;
  }
  return {};
}

const OnnxNode* OnnxNodeReader::sizes(std::string_view name, std::string_view type,
                                      std::size_t inputs) const {
  const auto found = names_.integers.find(name);
  if (found == names_.integers.end()) return nullptr;
  const OnnxNode& node = *found->second;
  return node.type == type && node.inputs.size() == inputs ? &node : nullptr;
}

std::string_view OnnxNodeReader::shapeSource(std::size_t index) const {
  const auto found = names_.integers.find(inputName(index));
  const bool whole = found != names_.integers.end() && found->second->type == "Shape" &&
                     found->second->attributes.empty() && !found->second->inputs.empty();
  return whole ? found->second->inputs[0] : "";
}

Result<std::vector<std::int64_t>> OnnxNodeReader::constant(std::size_t index,
                                                           std::size_t count) const {
  return constant(inputName(index), count);
}

Result<std::vector<std::int64_t>> OnnxNodeReader::constant(std::string_view name,
                                                           std::size_t count) const {
  const auto found = names_.initializers.find(name);
  if (found == names_.initializers.end()) return foreign(onnxQuoted(name) + " must be a constant");
  const OnnxTensor& tensor = *found->second;
  if (tensor.type == kOnnxInt64 && tensor.elements == static_cast<std::int64_t>(count)) {
    std::vector<std::int64_t> values = onnxIntegers(tensor);
    if (values.size() == count) return values;
  }
  return foreign(onnxQuoted(name) + " must be " + std::to_string(count) + " whole numbers");
}

Result<std::vector<float>> OnnxNodeReader::constantFloats(std::size_t index,
                                                          std::size_t count) const {
  return constantFloats(inputName(index), count);
}

Result<std::vector<float>> OnnxNodeReader::constantFloats(std::string_view name,
                                                          std::size_t count) const {
  const auto found = names_.initializers.find(name);
  if (found == names_.initializers.end()) return foreign(onnxQuoted(name) + " must be a constant");
  const OnnxTensor& tensor = *found->second;
  if (tensor.type == kOnnxFloat && tensor.elements == static_cast<std::int64_t>(count)) {
    std::vector<float> values = onnxFloats(tensor);
    if (values.size() == count) return values;
  }
  return foreign(onnxQuoted(name) + " must be " + std::to_string(count) + " numbers");
}

Result<std::string_view> OnnxNodeReader::sizeSource(std::size_t index) const {
  const Result<std::string_view> source = sizeSource(inputName(index));
  if (source) return source;
  return foreign("input " + std::to_string(index) + " must be computed from the size of a value");
}

Result<std::string_view> OnnxNodeReader::sizeSource(std::string_view name) const {
  constexpr int kMaxSteps = 4;
  for (int step = 0; step < kMaxSteps; ++step) {
    const auto found = names_.integers.find(name);
    if (found == names_.integers.end()) break;
    const OnnxNode& node = *found->second;
    if (node.inputs.empty()) break;
    if (node.type == "Shape") {
      const bool heightAndWidth = node.attributes.size() == 1 &&
                                  node.attributes[0].name == "start" &&
                                  node.attributes[0].integer == 2;
      if (heightAndWidth) return node.inputs[0];
      break;
    }
    if (node.type != "Concat" && node.type != "Add") break;
    name = node.inputs.back();
  }
  return foreign(onnxQuoted(name) + " is not computed from the size of a value");
}

Result<std::int64_t> OnnxNodeReader::lastConstant(std::size_t index) const {
  constexpr int kMaxSteps = 6;
  std::string_view name = inputName(index);
  for (int step = 0; step < kMaxSteps; ++step) {
    const auto node = names_.integers.find(name);
    if (node == names_.integers.end() || node->second->inputs.empty()) break;
    name = node->second->inputs.back();
  }
  const auto found = names_.initializers.find(name);
  if (found != names_.initializers.end() && found->second->type == kOnnxInt64 &&
      found->second->elements == 1) {
    const std::vector<std::int64_t> values = onnxIntegers(*found->second);
    if (values.size() == 1) return values[0];
  }
  return foreign("input " + std::to_string(index) + " must be computed with a constant number");
}

const OnnxAttribute* OnnxNodeReader::find(const char* name, int kind) {
  for (const OnnxAttribute& attribute : onnx_.attributes) {
    if (attribute.name != name || attribute.kind != kind) continue;
    read_.insert(attribute.name);
    return &attribute;
  }
  return nullptr;
}

std::int64_t OnnxNodeReader::integer(const char* name, std::int64_t byDefault) {
  const OnnxAttribute* attribute = find(name, kKindInt);
  return attribute ? attribute->integer : byDefault;
}

double OnnxNodeReader::number(const char* name, double byDefault) {
  const OnnxAttribute* attribute = find(name, kKindFloat);
  return attribute ? decimalOf(attribute->number) : byDefault;
}

std::string_view OnnxNodeReader::text(const char* name, std::string_view byDefault) {
  const OnnxAttribute* attribute = find(name, kKindString);
  return attribute ? attribute->text : byDefault;
}

Result<std::vector<std::int64_t>> OnnxNodeReader::integers(const char* name, std::size_t count) {
  const OnnxAttribute* attribute = find(name, kKindInts);
  if (attribute && attribute->integers.size() == count) return attribute->integers;
  return foreign(std::string("attribute '") + name + "' must be " + std::to_string(count) +
                 " whole numbers");
}

Result<void> OnnxNodeReader::list(const char* onnxName, const char* name) {
  const OnnxAttribute* attribute = find(onnxName, kKindInts);
  if (!attribute) return foreign(std::string("attribute '") + onnxName + "' must be whole numbers");
  node_.attributes[name] = attribute->integers;
  return {};
}

Result<void> OnnxNodeReader::extent(const char* onnxName, const char* name) {
  Result<std::vector<std::int64_t>> values = integers(onnxName, 2);
  if (!values) return fail(values.error());
  node_.attributes[name] = std::move(*values);
  return {};
}

Result<void> OnnxNodeReader::symmetricPads() {
  const Result<std::vector<std::int64_t>> pads = integers("pads", 4);
  if (!pads) return fail(pads.error());
  if ((*pads)[0] != (*pads)[2] || (*pads)[1] != (*pads)[3]) {
    return foreign("pads " + describe(*pads) + " differ between the two ends");
  }
  node_.attributes["padding"] = std::vector<std::int64_t>{(*pads)[0], (*pads)[1]};
  return {};
}

Result<void> OnnxNodeReader::finish() const {
  for (const OnnxAttribute& attribute : onnx_.attributes) {
    if (read_.count(attribute.name)) continue;
    return foreign("attribute " + onnxQuoted(attribute.name) + " is not understood here");
  }
  return {};
}

}  // namespace limbus
