// One ONNX node on its way back into a Graph; what the readOnnx hooks of ops/ops.h talk to.
//
// A hook fills node() in and adds its parameters. Whatever it does not read (attributes, inputs)
// makes the node one that writeOnnx cannot have written, and reading fails.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shared/graph/graph.h"
#include "shared/onnx/proto.h"
#include "shared/ops/ops.h"

namespace limbus {

// What is known by name while a file is read.
struct OnnxNames {
  std::map<std::string_view, ValueId> values;
  std::map<std::string_view, const OnnxTensor*> initializers;
  std::map<std::string_view, const OnnxNode*> integers;  // by output: nodes that compute sizes
  std::map<std::string_view, const OnnxNode*> parts;     // by output: nodes that a later one ends
  std::map<std::string_view, int> parameters;            // initialisers that became parameters
};

class OnnxNodeReader {
 public:
  OnnxNodeReader(const OnnxNode& onnx, const OnnxNames& names, Graph& graph, Node& node)
      : onnx_(onnx), names_(names), graph_(graph), node_(node) {}

  Node& node() { return node_; }
  std::string_view doc() const { return onnx_.doc; }
  std::size_t inputCount() const { return onnx_.inputs.size(); }

  Result<void> inputs(std::size_t first, std::size_t count);  // as values, appended to the node
  Result<void> input(std::string_view name);                  // one value by its name
  // Input `index` as the next parameter of the row; `shape` replaces the initialiser's own.
  Result<void> parameter(std::size_t index, const Dims& shape = {});
  Result<void> parameter(std::string_view name, const Dims& shape);
  Result<Dims> initializerShape(std::size_t index) const;

  bool isConstant(std::size_t index) const;
  Result<std::vector<std::int64_t>> constant(std::size_t index, std::size_t count) const;
  Result<std::vector<float>> constantFloats(std::size_t index, std::size_t count) const;
  Result<std::vector<std::int64_t>> constant(std::string_view name, std::size_t count) const;
  Result<std::vector<float>> constantFloats(std::string_view name, std::size_t count) const;
  std::string_view inputName(std::size_t index) const;  // "": there is none
  // Of an operation that takes several nodes, the one that computes `name`; null: none of this type
  // with so many inputs does.
  const OnnxNode* part(std::string_view name, std::string_view type, std::size_t inputs) const;
  double epsilonOf(const OnnxNode& part) const;
  std::vector<std::int64_t> permutationOf(const OnnxNode& part) const;
  // The same for what computes sizes: the node of this type that gives `name`.
  const OnnxNode* sizes(std::string_view name, std::string_view type, std::size_t inputs) const;
  std::string_view shapeSource(std::size_t index) const;  // whose whole shape it is; "": none's
  // The value whose height and width the integers at input `index`, or called `name`, are made of:
  // Shape(value, start=2), alone or as the last input of Concat or Add.
  Result<std::string_view> sizeSource(std::size_t index) const;
  Result<std::string_view> sizeSource(std::string_view name) const;

  // The constant whole number that ends the chain of last inputs behind input `index`.
  Result<std::int64_t> lastConstant(std::size_t index) const;

  std::int64_t integer(const char* name, std::int64_t byDefault);
  double number(const char* name, double byDefault);  // the shortest decimal that is this float
  std::string_view text(const char* name, std::string_view byDefault);
  Result<std::vector<std::int64_t>> integers(const char* name, std::size_t count);
  // Into the node's attribute `name`, of as many as there are: its spec says how many there may be.
  Result<void> list(const char* onnxName, const char* name);
  // kernel_shape and friends; pads must be the same at both ends.
  Result<void> extent(const char* onnxName, const char* name);
  Result<void> symmetricPads();

  Result<void> finish() const;  // every attribute read

 private:
  const OnnxAttribute* find(const char* name, int kind);

  const OnnxNode& onnx_;
  const OnnxNames& names_;
  Graph& graph_;
  Node& node_;
  std::set<std::string_view> read_;
};

// 0.001 for the float nearest to it: the shortest decimal that gives the same float.
double decimalOf(float value);

}  // namespace limbus
