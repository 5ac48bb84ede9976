// Convolutions with kernels of one value and stride 1 in training on CUDA.
//
// For few channels and many pixels cuDNN has no quick gradient by the weights: on an H200 its best
// one took 52 us of each of eye-s' at 640x400, this takes 14. Here blocks deal out the pixels
// and keep all products in registers (pointwise_kernels.cuh). The values and the gradient by the
// image are LibTorch's.
#pragma once

#include <torch/torch.h>

namespace limbus {

// Weights [K,C,1,1] that learn, few of them; floats [N,C,H,W] with nothing between the values and
// many pixels, on a GPU that the kernels were built for; no mixed precision, and cuDNN not switched
// off (without_libraries.h). Others take LibTorch's way.
bool isQuickPointwise(const torch::Tensor& image, const torch::Tensor& weights);

// torch::conv2d; a bias [K] or none. Throws c10::Error where CUDA fails.
torch::Tensor pointwiseOnCuda(const torch::Tensor& image, const torch::Tensor& weights,
                              const torch::Tensor& bias);

}  // namespace limbus
