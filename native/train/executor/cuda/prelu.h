// PReLU on CUDA where no batch norm stands before it (norm.h has those).
//
// LibTorch stores a gradient of the slope for each value and then reads them all again to sum them
// up. Here one pass makes both gradients (prelu_kernels.cuh).
#pragma once

#include <torch/torch.h>

namespace limbus {

// Slopes [C] or [1]; floats [N,C,H,W] with nothing between the values, on a GPU that the kernels
// were built for; no mixed precision, and cuDNN not switched off (without_libraries.h). Others take
// LibTorch's way.
bool isQuickPrelu(const torch::Tensor& image, const torch::Tensor& slopes);

// torch::prelu; its gradients have the same bits in every run. Throws c10::Error where CUDA fails.
torch::Tensor preluOnCuda(const torch::Tensor& image, const torch::Tensor& slopes);

}  // namespace limbus
