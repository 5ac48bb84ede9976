// How many classes the ArgMax at the end of a foreign graph chooses from.
#pragma once

#include <vector>

#include "shared/onnx/proto.h"

namespace limbus {

// For each output of the graph, read off the weights of the head before it. 0: no ArgMax ends in
// this output, or operations stand between it and its head that may change the channels.
std::vector<int> argmaxClasses(const OnnxGraph& graph);

}  // namespace limbus
