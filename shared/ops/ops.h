// The table of operations: one row per Op, and the only place that knows what an op means.
//
// A row states the inputs, attributes (with defaults) and parameters of its op, checks a node,
// infers the shapes of its outputs, counts its multiply-adds, and writes it to and reads it from
// ONNX. The rows live in <family>.cpp. To add an op: a name in Op (graph/op.h), a row here, a
// Builder function, and a row in the executor; tests fail when one is missing.
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
  std::size_t length = 2;  // of a list; 0: one entry or more
};

struct ParameterRole {
  const char* name;       // "weight": the parameter is called "<node>.weight"
  bool optional = false;  // optional ones stand last
  bool learned = true;
};

enum class ValueKind { numbers, indices };

struct OutputRole {
  const char* name;  // "indices": the value is called "<node>/indices"
  ValueKind kind = ValueKind::numbers;
};

constexpr std::int64_t kMaxWindow = 65535;  // sides, strides and dilations of convs and pools
// What the "ends" of our Slice nodes say where they cut nothing off.
constexpr std::int64_t kToTheEnd = std::int64_t{1} << 31;

using Shapes = std::vector<Dims>;

// A node with its graph: what row functions look at. Attributes fall back to the row's default.
struct NodeView {
  const Graph& graph;
  const Node& node;

  std::int64_t integer(const char* name) const;
  bool flag(const char* name) const { return integer(name) != 0; }
  double number(const char* name) const;
  const std::string& text(const char* name) const;
  Extent extent(const char* name) const;  // a list of two: [h,w]
  const std::vector<std::int64_t>& list(const char* name) const;
  const Parameter* parameter(const char* role) const;  // null when an optional one is absent
};

struct OpRow {
  Op op;
  const char* name;
  int minInputs = 1;
  int maxInputs = 1;                         // -1: any number
  std::vector<ValueKind> inputKinds = {};    // beyond its end: numbers
  std::vector<OutputRole> moreOutputs = {};  // which a node may have behind its first, of numbers
  std::vector<AttributeSpec> attributes = {};
  std::vector<ParameterRole> parameters = {};
  // A function of each value by itself, in whatever order they lie: any exporter's node is read.
  bool ofEachValue = false;
  bool ofPositive = false;  // not of values below 0, or not whatever the attributes are

  // Attribute ranges and parameter shapes; attribute names and types were checked before.
  Result<void> (*check)(const NodeView& view) = nullptr;
  // One for each output that the row states. Inputs are [N,C,H,W], extents in [1, kMaxExtent].
  Result<Shapes> (*shapes)(const NodeView& view, const Shapes& inputs) = nullptr;
  // Null: costs none. `output`: the first's shape. The result is checked for overflow by the caller
  // through checkedProduct.
  Result<std::int64_t> (*multiplyAdds)(const NodeView& view, const Shapes& inputs,
                                       const Dims& output) = nullptr;

  const char* onnxType = nullptr;  // null: leaves no trace in ONNX
  // Of rows that end in nodes of one type: that of the node before. Null: there is one such row.
  const char* onnxAfter = nullptr;
  Result<void> (*writeOnnx)(OnnxEmitter& emitter) = nullptr;
  Result<void> (*readOnnx)(OnnxNodeReader& reader) = nullptr;
};

// Known names, the right types, lists of the right length, none that is required left out. The
// message has no opening.
Result<void> checkAttributes(const Attributes& attributes, const std::vector<AttributeSpec>& specs);

const std::vector<OpRow>& opTable();
const OpRow& opRow(Op op);
inline const char* opName(Op op) { return opRow(op).name; }

// Whether training measures parameters of it: a norm of batches.
bool keepsStatistics(Op op);

// "conv 'down1.conv': " + message.
Error nodeError(const Node& node, const Error& error);

}  // namespace limbus
