// The table of operations: one row per Op, and the only place that knows what an op means.
//
// A row states the inputs, attributes (with defaults) and parameters of its op, checks a node,
// infers its output shape, counts its multiply-adds, and writes it to and reads it from ONNX. The
// rows live in <family>.cpp. To add an op: a name in Op (graph/op.h), a row here, a Builder
// function, and a row in the executor; tests fail when one is missing.
//
// Row functions return messages without an opening; the caller puts "conv 'down1.conv': " before
// them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/graph/extent.h"
#include "shared/graph/graph.h"
#include "shared/result.h"

namespace limbus {

class OnnxEmitter;     // onnx_emitter.h
class OnnxNodeReader;  // onnx_node_reader.h

struct AttributeSpec {
  const char* name;
  Attribute byDefault;  // also states the type
  bool required = false;
};

struct ParameterRole {
  const char* name;       // "weight": the parameter is called "<node>.weight"
  bool optional = false;  // optional ones stand last
  bool learned = true;
};

// A node with its graph: what row functions look at. Attributes fall back to the row's default.
struct NodeView {
  const Graph& graph;
  const Node& node;

  std::int64_t integer(const char* name) const;
  bool flag(const char* name) const { return integer(name) != 0; }
  double number(const char* name) const;
  const std::string& text(const char* name) const;
  Extent extent(const char* name) const;
  const Parameter* parameter(const char* role) const;  // null when an optional one is absent
};

struct OpRow {
  Op op;
  const char* name;
  int minInputs = 1;
  int maxInputs = 1;  // -1: any number
  std::vector<AttributeSpec> attributes = {};
  std::vector<ParameterRole> parameters = {};

  // Attribute ranges and parameter shapes; attribute names and types were checked before.
  Result<void> (*check)(const NodeView& view) = nullptr;
  // Inputs are [N,C,H,W], every extent in [1, kMaxExtent].
  Result<Dims> (*shape)(const NodeView& view, const std::vector<Dims>& inputs) = nullptr;
  // Null: costs none. The result is checked for overflow by the caller through checkedProduct.
  Result<std::int64_t> (*multiplyAdds)(const NodeView& view, const std::vector<Dims>& inputs,
                                       const Dims& output) = nullptr;

  const char* onnxType = nullptr;  // null: leaves no trace in ONNX
  Result<void> (*writeOnnx)(OnnxEmitter& emitter) = nullptr;
  Result<void> (*readOnnx)(OnnxNodeReader& reader) = nullptr;
};

const std::vector<OpRow>& opTable();
const OpRow& opRow(Op op);
inline const char* opName(Op op) { return opRow(op).name; }

// "conv 'down1.conv': " + message.
Error nodeError(const Node& node, const Error& error);

}  // namespace limbus
