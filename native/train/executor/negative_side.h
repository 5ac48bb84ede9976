// Activations that can be done in the passes of the batch norm before them.
#pragma once

#include <torch/torch.h>

namespace limbus {

// What becomes of a value y that is not above 0: slope * y. PReLU's slopes are learned, [C]
// or, until normAndActivation() has spread it, [1].
struct NegativeSide {
  double slope = 1;  // no activation
  torch::Tensor slopes = {};
};

}  // namespace limbus
