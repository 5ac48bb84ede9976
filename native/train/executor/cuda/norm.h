// Batch norm in training on CUDA, and the activation behind it in the same passes.
//
// cuDNN and LibTorch give each channel one block of threads: a small network has 10 to 60 channels,
// and most of a GPU stands idle while these two take half of its step. Here a channel is dealt out
// to as many blocks as the GPU has room for, and what lies between norm and activation is never
// stored (norm_kernels.cuh).
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/train/executor/negative_side.h"

namespace limbus {

// Floats [N,C,H,W] on a GPU that the kernels were built for, with nothing between the values, while
// cuDNN is not switched off (without_libraries.h): others take LibTorch's way.
bool isQuickNorm(const torch::Tensor& image);

// torch::batch_norm in training: `parameters` are scale, shift, running mean and running variance
// [C]; the last two move by `momentum`. Throws c10::Error where CUDA fails.
torch::Tensor normOnCuda(const torch::Tensor& image, const std::vector<torch::Tensor>& parameters,
                         double momentum, double eps, const NegativeSide& below = {});

}  // namespace limbus
