// Bilinear resizing of a batch, as PyTorch defines it.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace limbus {

struct TargetSize {
  std::int64_t height = 0, width = 0;
};

// x [N,C,H,W] -> [N,C,height,width]. Of floats on CUDA by kernels of our own, with the same bits in
// every run (cuda/resize.h). Others are LibTorch's, whose gradient CUDA sums in any order; where
// deterministic algorithms are asked for, row by row and column by column from gathers instead. The
// gradient of floats on a CPU is summed up row by row, which takes LibTorch 1.13 six times as long.
torch::Tensor resizeBilinear(const torch::Tensor& x, TargetSize size, bool alignCorners);

}  // namespace limbus
