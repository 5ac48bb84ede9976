// What all sides share that start kernels from LibTorch.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace limbus {

constexpr std::int64_t kMostOfPlane = 1 << 30;   // pixels: a block's threads reach behind the last
constexpr std::int64_t kMostBlocksDown = 65535;  // gridDim.y: CUDA's limit

// Floats [N,C,H,W] on a GPU with nothing between the values, of planes that an int counts, while
// cuDNN is not switched off (without_libraries.h).
inline bool isPlainOnCuda(const torch::Tensor& map) {
  return map.is_cuda() && map.scalar_type() == torch::kFloat32 && map.dim() == 4 &&
         map.is_contiguous() && map.numel() > 0 && map.size(2) * map.size(3) <= kMostOfPlane &&
         at::globalContext().userEnabledCuDNN();
}

// Throws c10::Error if CUDA refused a kernel of `what`.
inline void checkLaunch(const char* what, const char* refusal) {
  TORCH_CHECK(refusal == nullptr, what, ": CUDA refused a kernel: ", refusal);
}

}  // namespace limbus
