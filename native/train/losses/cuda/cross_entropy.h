// Cross-entropy of each pixel on CUDA (cross_entropy_kernels.cuh).
//
// LibTorch stores the logarithms of all probabilities on the way, and picks the true ones in a
// second pass, forward and backward.
#pragma once

#include <torch/torch.h>

namespace limbus {

// Floats [N,K,H,W] on a GPU that the kernels were built for, with nothing between the values, while
// cuDNN is not switched off (without_libraries.h), and labels [N,H,W] beside them.
bool isQuickCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target);

// -log softmax of the true class per pixel [N,H,W], 0 where void, NaN where the label is of no
// class: the same bits in every run, forward and backward. Where the true class' logit is minus
// infinity, so that the loss is infinite, the pixel's gradients are NaN. Throws c10::Error where
// CUDA fails.
torch::Tensor crossEntropyOnCuda(const torch::Tensor& logits, const torch::Tensor& target);

}  // namespace limbus
