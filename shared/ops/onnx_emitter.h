// Writes the nodes of one graph as ONNX nodes; what the writeOnnx hooks of ops/ops.h talk to.
//
// A Graph node "up" becomes the ONNX node "up" whose first output is the value "up"; further ones,
// and what else it needs, are called "up/indices", "up/sizes" and so on. Parameters become
// initialisers under their own names.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shared/onnx/wire.h"
#include "shared/ops/ops.h"
#include "shared/tensor.h"

namespace limbus {

using OnnxAttributeValue =
    std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>;
using OnnxAttributes = std::vector<std::pair<std::string, OnnxAttributeValue>>;

class OnnxEmitter {
 public:
  // `outputName`: what the graph's output value is called in the file.
  OnnxEmitter(const Graph& graph, const Weights& weights, std::string outputName);

  Result<void> run();                      // every node of the graph, in order
  void argmax(const std::string& result);  // [N,K,H,W] -> class indices [N,H,W]
  const std::string& nodes() const { return nodes_; }
  const std::string& initializers() const { return initializers_; }

  // For the hooks:
  NodeView view() const { return {graph_, *node_}; }
  const std::string& input(int index) const { return names_[node_->inputs[index]]; }
  // Name of the initialiser; `shape` replaces the parameter's own when given.
  std::string parameter(const char* role, const Dims& shape = {});
  std::vector<std::string> inputAndParameters();  // input 0 and every parameter of the row
  std::string constant(const char* suffix, const std::vector<std::int64_t>& values);
  std::string constant(const char* suffix, float value);  // a scalar
  std::string constantScalar(const char* suffix, std::int64_t value);
  std::string constantFloats(const char* suffix, const std::vector<float>& values);
  // One more node "<node>/<suffix>"; returns its output.
  std::string extraNode(const char* suffix, const char* type,
                        const std::vector<std::string>& inputs,
                        const OnnxAttributes& attributes = {});
  // Batch and channels of input 0 with height and width of another, as four integers.
  std::string sizesLike(int other);
  // The node itself. Type: as in the row.
  void emit(const std::vector<std::string>& inputs, const OnnxAttributes& attributes = {});

 private:
  void claim(const std::string& name);
  void writeNode(const std::string& name, const std::string& type,
                 const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
                 const OnnxAttributes& attributes);
  void writeTensor(const std::string& name, int type, const Dims& shape, std::string_view bytes);

  const Graph& graph_;
  const Weights& weights_;
  std::vector<std::string> names_;  // by ValueId
  const Node* node_ = nullptr;      // the one whose hook runs
  std::set<std::string> claimed_;
  std::set<std::string> written_;  // parameters that stand in the file
  std::string duplicate_;
  std::string nodes_, initializers_;  // parts of a GraphProto
};

// "kernel_shape", "strides", "pads", "dilations" as ONNX spells them.
std::vector<std::int64_t> onnxPair(Extent extent);
std::vector<std::int64_t> onnxPads(Extent padding);

}  // namespace limbus
