// Graph -> LibTorch: the same network that is exported, with named parameters.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "native/train/executor/bound_op.h"
#include "shared/graph/graph.h"
#include "shared/result.h"

namespace limbus {

// How well weights fit, for starting from those of another network.
struct LoadReport {
  int loaded = 0;
  std::vector<std::string> missing;     // in the graph, not in the weights
  std::vector<std::string> unexpected;  // in the weights, not in the graph
  std::vector<std::string> misshapen;   // "name: [a] here, [b] there"
};

// What stands still while the rest is trained: takes no gradient, and as norms neither normalises
// by the batch nor moves its running statistics.
struct Still {
  bool encoder = false;
  bool norms = false;  // all batch norms
  bool operator==(const Still&) const = default;
};

// One row per Op: how it runs in LibTorch (executor_ops.cpp). A test fails if an Op has none. Rows
// read attributes and take their parameters once, when the net is built.
class Executor : public torch::nn::Module {
 public:
  // Parameters start as their Init says, drawn from (seed, parameter index, Purpose::initialise).
  Executor(Graph graph, std::uint64_t seed);
  Executor(const Executor&) = delete;  // its plans hold its parameters
  Executor& operator=(const Executor&) = delete;

  const Graph& graph() const { return graph_; }

  // By index of Graph::nodes: those run without oneDNN and cuDNN from now on (self_check.h).
  void avoidLibraries(const std::vector<bool>& nodes);

  void hold(Still still);
  bool isStill(const Node& node) const;

  // Lays the weights of convolutions out as channels-last: inputs laid out so stay so.
  void channelsLast();

  // Another one: a pass in training runs other operations than before.
  std::int64_t planNumber() const { return planNumber_; }

  // Values of the graph that a pass gives beside its outputs.
  void watch(std::vector<ValueId> values);

  struct Passed {
    std::vector<torch::Tensor> outputs;  // of Graph::outputs; auxiliary ones only while training
    std::vector<torch::Tensor> watched;
  };
  Passed pass(const torch::Tensor& image);  // [N,C,H,W]
  std::vector<torch::Tensor> forward(const torch::Tensor& image) { return pass(image).outputs; }

  // By name; every missing, unexpected or differently shaped one is named in the error.
  Result<void> load(const Weights& weights);
  LoadReport loadMatching(const Weights& weights);  // what fits by name and shape, no errors
  Weights weights() const;  // copies on the CPU, running statistics included

  // By index of Graph::parameters, running statistics included; valid until the module is moved to
  // another device or type.
  const std::vector<torch::Tensor>& tensors() const { return tensors_; }
  std::vector<torch::Tensor> learned() const;

 private:
  struct Step {
    BoundOp run;
    std::vector<ValueId> inputs, outputs;
    std::vector<ValueId> lastUses;  // values that no later step reads
    bool still = false;
  };
  std::vector<Step> plan(bool withAuxiliary) const;
  std::vector<torch::Tensor> parametersOf(const Node& node) const;
  BoundOp bound(std::size_t node) const;
  // The activation and the batch norm before it as one; none where they are better apart.
  std::optional<BoundOp> boundWithNorm(std::size_t activation, std::size_t norm) const;
  bool isAvoided(std::size_t node) const { return !avoided_.empty() && avoided_[node]; }

  Graph graph_;
  Still still_;
  std::vector<ValueId> watched_;
  std::vector<bool> avoided_;           // by index of Graph::nodes; empty: none
  std::vector<torch::Tensor> tensors_;  // by index of Graph::parameters
  std::vector<Step> trainingPlan_, evaluationPlan_;
  std::int64_t planNumber_ = 0;
};

}  // namespace limbus
