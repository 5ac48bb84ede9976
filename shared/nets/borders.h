// A further class for what lies between things that stand close together, told apart in training
// alone: any network can have it (NetPorts::borders).
#pragma once

#include "shared/graph/graph.h"

namespace limbus {

constexpr const char* kBordersOutput = "borders";

// Of a network with `classes` + 1 output channels, the last of which is the borders': each output
// gives the larger one of borders and class 0 for class 0, so that a border is background. All
// channels of the main one are an auxiliary output, the last one, named kBordersOutput. A resize
// that the network ends in comes behind that, as an exported model leaves it to the tail.
Graph withBorders(Graph graph, int classes);

}  // namespace limbus
