// Graph -> the graph that is exported: what training alone needs is gone.
//
// Auxiliary outputs, dropout and whatever no output needs are removed; batch norms are folded into
// the convolution before them where nothing else reads that convolution; the final resize to the
// input's size is cut off when asked for.
#pragma once

#include "shared/graph/graph.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

struct PreparedModel {
  Graph graph;      // one output; ids without gaps; only parameters that are used
  Weights weights;  // exactly graph.parameters
  bool resizeCut = false;
  bool alignCorners = false;  // of the resize that was cut
};

// Errors name missing and misshapen weights, and weights that are not finite.
Result<PreparedModel> prepareForExport(const Graph& graph, const Weights& weights, bool cutResize,
                                       bool foldBatchNorm);

}  // namespace limbus
