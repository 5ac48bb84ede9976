// How many classes the ArgMax at the end of a foreign graph chooses from.
#pragma once

#include <string_view>

#include "shared/onnx/proto.h"

namespace limbus {

// Read off the weights of the head before it. 0: no ArgMax ends in this output, or operations stand
// between it and its head that may change the channels.
int argmaxClasses(const OnnxGraph& graph, std::string_view output);

}  // namespace limbus
