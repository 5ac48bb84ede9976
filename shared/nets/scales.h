// The scales of a finished graph, whoever built it: what feature maps of two networks are compared
// by.
#pragma once

#include "shared/graph/graph.h"
#include "shared/nets/features.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

// For an input [N,C,H,W]: of each stride 1, 2, 4, ... the last value of the encoder before a
// coarser one, and of the coarsest its last; of graphs that know no parts, the last before the
// outputs. A stem may leave 2 out. Strides are of H and W both, rounded.
Result<Features> scalesOf(const Graph& graph, const Dims& input);

}  // namespace limbus
