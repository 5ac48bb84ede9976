// One row per layer: what a user sees of a network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/graph/graph.h"
#include "shared/result.h"

namespace limbus {

struct LayerSummary {
  std::string name;
  std::string op;
  Dims output;                  // [N,C,H,W], the first where there are more
  std::int64_t parameters = 0;  // learned; shared ones at their first use
  std::int64_t multiplyAdds = 0;
  bool auxiliary = false;  // runs in training only
};

struct GraphSummary {
  std::vector<LayerSummary> layers = {};  // in execution order
  std::int64_t parameters = 0;
  std::int64_t multiplyAdds = 0;  // without auxiliary layers
};

// For an input [N,C,H,W].
Result<GraphSummary> summarise(const Graph& graph, const Dims& input);

// Multiply-adds of convolutions, transposed ones included, for an input [N,C,H,W] (normalisation,
// activation, pooling and resizing are not counted). Auxiliary outputs are left out.
Result<std::int64_t> countMultiplyAdds(const Graph& graph, const Dims& input);

}  // namespace limbus
