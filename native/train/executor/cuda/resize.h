// Bilinear resizing on CUDA (resize_kernels.cuh).
//
// LibTorch adds an output's gradient to four inputs by atomics, one after the other where many
// outputs take from one input: from 80x50 to 640x400 that took 336 us of a step on an H200.
#pragma once

#include <torch/torch.h>

#include "native/train/executor/resize.h"

namespace limbus {

// Floats [N,C,H,W] on a GPU that the kernels were built for, with nothing between the values, while
// cuDNN is not switched off (without_libraries.h), at most 4096 wide and 16384 high.
bool isQuickResize(const torch::Tensor& x, TargetSize size);

// torch::upsample_bilinear2d, with the same bits in every run, forward and backward. Throws
// c10::Error where CUDA fails.
torch::Tensor resizeOnCuda(const torch::Tensor& x, TargetSize size, bool alignCorners);

}  // namespace limbus
