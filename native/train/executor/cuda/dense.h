// Convolutions of 3x3 with all channels in training on CUDA.
//
// For few channels cuDNN's best gradient by the weights knows no tensor cores and is far from the
// GPU's speed. Here blocks deal out the outputs and keep all products in registers
// (dense_kernels.cuh). The values and the gradient by the image are LibTorch's.
#pragma once

#include <torch/torch.h>

#include "native/train/executor/conv_window.h"

namespace limbus {

// Weights [K,C,3,3] that learn, 256 outputs of an image and 4096 of a batch, 300 million
// multiplications at most;
// floats [N,C,H,W] with nothing between the values, on a GPU that the kernels were built for; no
// mixed precision, and cuDNN not switched off (without_libraries.h). Others take LibTorch's way.
bool isQuickDense(const torch::Tensor& image, const torch::Tensor& weights, const ConvWindow& by);

// torch::conv2d; a bias [K] or none. Throws c10::Error where CUDA fails.
torch::Tensor denseOnCuda(const torch::Tensor& image, const torch::Tensor& weights,
                          const torch::Tensor& bias, const ConvWindow& by);

}  // namespace limbus
