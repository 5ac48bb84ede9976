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
    tensor.values.resize(static_cast<std::size_t>(elementCount(parameter.shape)));
    for (float& value : tensor.values)
      value = static_cast<float>(random.uniform(variance ? 0.5 : -0.4, variance ? 2.0 : 0.4));
    weights[parameter.name] = std::move(tensor);
  }
  return weights;
}

}  // namespace limbus::samples
