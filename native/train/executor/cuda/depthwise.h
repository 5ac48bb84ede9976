// Convolutions with a kernel for each channel on CUDA.
//
// LibTorch gives each value of a kernel one block of threads for its gradient, and reads image and
// gradient once for each; of a small network that is a tenth of a step and more. Here one pass
// makes both gradients (depthwise_kernels.cuh).
#pragma once

#include <torch/torch.h>

#include "native/train/executor/conv_window.h"

namespace limbus {

// Floats [N,C,H,W] on a GPU that the kernels were built for, with nothing between the values, by a
// window of 3x1, 1x3, 3x3 or 5x5 (depthwise_launch.cu has the strides and dilations); no mixed
// precision, and cuDNN not switched off (without_libraries.h). Others take LibTorch's way.
bool isQuickDepthwise(const torch::Tensor& image, const torch::Tensor& weights,
                      const ConvWindow& by);

// torch::conv2d with weights [C,1,h,w] and no bias; its gradients have the same bits in every run.
// Throws c10::Error where CUDA fails.
torch::Tensor depthwiseOnCuda(const torch::Tensor& image, const torch::Tensor& weights,
                              const ConvWindow& by);

}  // namespace limbus
