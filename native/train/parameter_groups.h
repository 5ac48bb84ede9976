// Which parameters of a network learn alike: by part of the network, and whether they decay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shared/graph/graph.h"
#include "shared/options/options.h"

namespace limbus {

struct PartRates {
  double encoder = 1, decoder = 1, head = 1;  // times the schedule's

  void describe(OptionVisitor& v);
  double of(Part part) const;
};

// Weight decay is for the weights of convolutions; norms, biases and PReLU slopes, the parameters
// of one dimension, it only holds back. `decayAll`: they decay like the others.
struct GroupRules {
  PartRates rates;
  bool decayAll = false;
  bool freezeNorms = false;            // batch norms learn never,
  std::int64_t encoderStillSteps = 0;  // the encoder not in the first steps
};

// Parameters that are treated alike.
struct ParameterGroup {
  std::vector<std::size_t> members;  // indices of the parameters
  bool decays = true;
  double rate = 1;              // times the schedule's
  std::int64_t stillSteps = 0;  // the first steps, in which they stand still
};

// Indices are of the learned parameters, in the graph's order. Those of batch norms that never
// learn are in no group.
std::vector<ParameterGroup> groupsOf(const Graph& graph, const GroupRules& rules);

}  // namespace limbus
