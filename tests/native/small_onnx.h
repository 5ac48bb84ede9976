// ONNX files of a few nodes as others' exporters write them, field by field.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shared/onnx/metadata.h"
#include "shared/onnx/proto.h"
#include "shared/onnx/wire.h"

namespace limbus::samples {

using Lists = std::vector<std::pair<std::string, Dims>>;
using Texts = std::vector<std::pair<std::string, std::string>>;

struct SmallNode {
  std::string type;
  std::vector<std::string> inputs;
  std::string output;
  std::vector<std::pair<std::string, int>> attributes = {};
  Lists lists = {};  // attributes that are lists
  Texts texts = {};
};

struct SmallTensor {
  std::string name;
  Dims shape;
  std::vector<float> values;
  Dims integers = {};  // instead of values
};

// A list of whole numbers.
inline SmallTensor integers(const std::string& name, const Dims& values) {
  return {name, {static_cast<std::int64_t>(values.size())}, {}, values};
}

struct SmallPort {
  std::string name;
  std::vector<std::string> dims;  // numbers or names
  int type = kOnnxFloat;
};

struct SmallOnnx {
  std::vector<SmallPort> inputs, outputs;
  std::vector<SmallNode> nodes;
  std::vector<SmallTensor> tensors;
  int opset = 13;

  std::string bytes() const;
  // With the manifest inside.
  std::string bytes(const Manifest& manifest) const {
    return withManifest(bytes(), manifest).value();
  }
};

inline std::string portBytes(const SmallPort& port) {
  using namespace onnx_field;
  WireWriter shape, tensor, type, value;
  for (const std::string& dim : port.dims) {
    WireWriter d;
    const bool number = dim.find_first_not_of("0123456789") == std::string::npos;
    if (number) {
      d.integer(kDimValue, std::stoll(dim));
    } else {
      d.bytes(kDimName, dim);
    }
    shape.bytes(kShapeDim, d.str());
  }
  tensor.integer(kTensorTypeElement, port.type);
  tensor.bytes(kTensorTypeShape, shape.str());
  type.bytes(kTypeTensor, tensor.str());
  value.bytes(kValueName, port.name);
  value.bytes(kValueType, type.str());
  return value.take();
}

inline std::string SmallOnnx::bytes() const {
  using namespace onnx_field;
  WireWriter graph, version, model;
  for (const SmallNode& node : nodes) {
    WireWriter n;
    for (const std::string& input : node.inputs) n.bytes(kNodeInput, input);
    n.bytes(kNodeOutput, node.output);
    n.bytes(kNodeName, "the " + node.output);
    n.bytes(kNodeType, node.type);
    for (const auto& [name, value] : node.attributes) {
      WireWriter attribute;
      attribute.bytes(kAttributeName, name);
      attribute.integer(kAttributeInt, value);
      attribute.integer(kAttributeKind, kKindInt);
      n.bytes(kNodeAttribute, attribute.str());
    }
    for (const auto& [name, text] : node.texts) {
      WireWriter attribute;
      attribute.bytes(kAttributeName, name);
      attribute.bytes(kAttributeString, text);
      attribute.integer(kAttributeKind, kKindString);
      n.bytes(kNodeAttribute, attribute.str());
    }
    for (const auto& [name, values] : node.lists) {
      WireWriter attribute;
      attribute.bytes(kAttributeName, name);
      for (const std::int64_t value : values) attribute.integer(kAttributeInts, value);
      attribute.integer(kAttributeKind, kKindInts);
      n.bytes(kNodeAttribute, attribute.str());
    }
    graph.bytes(kGraphNode, n.str());
  }
  graph.bytes(kGraphName, "small");
  for (const SmallTensor& tensor : tensors) {
    WireWriter t;
    for (const std::int64_t extent : tensor.shape) t.integer(kTensorDims, extent);
    t.integer(kTensorType, tensor.integers.empty() ? kOnnxFloat : kOnnxInt64);
    for (const float value : tensor.values) t.float32(kTensorFloats, value);
    for (const std::int64_t value : tensor.integers) t.integer(kTensorInt64s, value);
    t.bytes(kTensorName, tensor.name);
    graph.bytes(kGraphInitializer, t.str());
  }
  for (const SmallPort& port : inputs) graph.bytes(kGraphInput, portBytes(port));
  for (const SmallPort& port : outputs) graph.bytes(kGraphOutput, portBytes(port));
  version.bytes(kOpsetDomain, "");
  version.integer(kOpsetVersion, opset);
  model.integer(kModelIrVersion, 4);
  model.bytes(kModelGraph, graph.str());
  model.bytes(kModelOpset, version.str());
  return model.take();
}

}  // namespace limbus::samples
