// A network as a picture.
#pragma once

#include <string>

#include "shared/graph/graph.h"
#include "shared/result.h"

namespace limbus {

// An SVG of the graph at an input [N,C,H,W], top down in execution order: a box for each operation
// together with the norms and activations that follow it alone, further to the right the coarser
// its scale, with a bar for its share of the multiply-adds, and a line wherever a later box reads
// it. Follows the viewer's light or dark scheme; full names are tooltips.
Result<std::string> graphSvg(const Graph& graph, const Dims& input);

}  // namespace limbus
