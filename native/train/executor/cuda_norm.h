// Batch norm in training on CUDA, and the activation behind it in the same pass.
//
// cuDNN and LibTorch give each channel one block of threads: a small network has 10 to 60 channels,
// and most of a GPU stands idle while these two take half of its step. Here a channel is dealt out
// to as many blocks as the GPU has room for, and what lies between norm and activation is never
// stored (norm_kernels.cuh).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "native/train/executor/bound_op.h"
#include "shared/ops/ops.h"

namespace limbus {

// What becomes of a value y that is not above 0: slope * y. PReLU's slopes are learned, [C].
struct NegativeSide {
  double slope = 1;  // no activation
  torch::Tensor slopes = {};
};

// Floats [N,C,H,W] on a GPU that the kernels were built for, with nothing between the values, while
// cuDNN is not switched off (without_libraries.h): others take LibTorch's way.
bool isQuickNorm(const torch::Tensor& image);

// torch::batch_norm in training: `parameters` are scale, shift, running mean and running variance
// [C]; the last two move by `momentum`. Throws c10::Error where CUDA fails.
torch::Tensor quickNorm(const torch::Tensor& image, const std::vector<torch::Tensor>& parameters,
                        double momentum, double eps, const NegativeSide& below = {});

// Of ReLU, leaky ReLU and a PReLU with a slope for each of so many channels; others cannot stand in
// quickNorm().
std::optional<NegativeSide> negativeSide(const NodeView& activation,
                                         const std::vector<torch::Tensor>& parameters,
                                         std::int64_t channels);

// A batch norm and the activation that alone reads it, `norm` and `activation` one after the other
// where it cannot be quick.
BoundOp normAndActivation(const NodeView& view, const std::vector<torch::Tensor>& parameters,
                          NegativeSide below, BoundOp norm, BoundOp activation);

}  // namespace limbus
