// What a network's values take while it runs, from the graph alone.
#pragma once

#include <cstdint>
#include <string>

#include "shared/graph/graph.h"
#include "shared/result.h"

namespace limbus {

struct ActivationMemory {
  std::int64_t peakBytes = 0;  // most at once in prediction
  std::string peakNode;        // while this node ran
  std::int64_t sumBytes = 0;   // all of them, with auxiliary ones: about what training keeps
};

// For an input [N,C,H,W] of floats of four bytes; indices take eight. In prediction a value stands
// from the node that computes it to the last that reads it, as the executor keeps them; the input
// too. Not counted: weights, and what LibTorch or ONNX Runtime use inside one operation.
Result<ActivationMemory> activationMemory(const Graph& graph, const Dims& input);

}  // namespace limbus
