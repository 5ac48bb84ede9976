// What a self-check (self_check.h) tries: one operation of a network by itself, at a size that
// costs little.
#pragma once

#include <vector>

#include "native/train/executor/op_references.h"
#include "shared/graph/graph.h"
#include "shared/ops/shapes.h"
#include "shared/result.h"

namespace limbus {

// One distinct operation, at the size that it is tried at.
struct SelfCheckTrial {
  Graph graph;  // the node alone, with its parameters
  const OpReference* reference = nullptr;
  std::vector<Dims> inputs = {};
  Dims output = {};  // the first
  bool training = false;

  const Node& node() const { return graph.nodes.front(); }
  NodeView view() const { return {graph, node()}; }
};

// `shapes`: of the graph's values. The same operation at sizes that shrink to one is one trial.
Result<SelfCheckTrial> makeTrial(const Graph& graph, const Node& node,
                                 const std::vector<Dims>& shapes);

bool isConvolution(const Node& node);
// Multiply-adds of one output channel of a convolution.
double channelWork(const SelfCheckTrial& trial);

}  // namespace limbus
