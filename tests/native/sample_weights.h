// Weights for graphs that are tried and never trained.
#pragma once

#include <string>

#include "shared/graph/graph.h"
#include "shared/random.h"
#include "shared/tensor.h"

namespace limbus::samples {

// Any weights: drawn from the name's place, variances positive.
inline Weights sampleWeights(const Graph& graph, std::uint64_t seed = 7) {
  Weights weights;
  for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
    const Parameter& parameter = graph.parameters[i];
    Random random(seed, 0, static_cast<std::uint32_t>(i), Purpose::test);
    const bool variance = parameter.name.size() > 11 &&
                          parameter.name.substr(parameter.name.size() - 11) == "running_var";
    Tensor tensor{parameter.shape, {}};
    for (std::int64_t k = 0; k < elementCount(parameter.shape); ++k) {
      tensor.values.push_back(
          static_cast<float>(random.uniform(variance ? 0.5 : -0.4, variance ? 2.0 : 0.4)));
    }
    weights[parameter.name] = std::move(tensor);
  }
  return weights;
}

}  // namespace limbus::samples
