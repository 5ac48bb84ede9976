// Batch norm in training by whichever way is quickest, and with the activation that alone reads it.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "native/train/executor/bound_op.h"
#include "native/train/executor/negative_side.h"
#include "shared/ops/ops.h"

namespace limbus {

// torch::batch_norm in training, over the batches of all ranks where they share norms: `parameters`
// are scale, shift, running mean and running variance [C]; the last two move by `momentum`.
torch::Tensor trainedNorm(const torch::Tensor& image, const std::vector<torch::Tensor>& parameters,
                          double momentum, double eps);

// Of ReLU, leaky ReLU and PReLU; of others none.
std::optional<NegativeSide> negativeSide(const NodeView& activation,
                                         const std::vector<torch::Tensor>& parameters);

// A batch norm and the activation that alone reads it in one; `norm` and `activation` one after the
// other where there is no such way.
BoundOp normAndActivation(const NodeView& view, const std::vector<torch::Tensor>& parameters,
                          NegativeSide below, BoundOp norm, BoundOp activation);

}  // namespace limbus
