// Whether a graph is one: its structure, and the shape of every value.
#pragma once

#include <vector>

#include "shared/graph/graph.h"
#include "shared/result.h"

namespace limbus {

// Structure only: ids in range, nodes in order, unique names, parameter shapes fitting their op.
Result<void> validate(const Graph& graph);

// Shape of every value for an input [N,C,H,W], index = ValueId. Errors name the op and its node,
// and where H or W is too small, or does not divide, the next size up that fits.
Result<std::vector<Dims>> inferShapes(const Graph& graph, const Dims& input);

}  // namespace limbus
