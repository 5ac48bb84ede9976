// What the files here share that call kernels from LibTorch. Of each operation X.h says what it
// takes; X.cpp is LibTorch's side, X_launch.h what it calls with plain pointers; X_launch.cu starts
// the kernels of X_kernels.cuh, which tests also run on a CPU.
#pragma once

#include <torch/torch.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "native/train/torch_compat.h"

namespace limbus {

constexpr std::int64_t kMostOfPlane = 1 << 30;   // pixels: a block's threads reach behind the last
constexpr std::int64_t kMostAside = 1 << 20;     // of padding and dilation
constexpr std::int64_t kMostBlocksDown = 65535;  // gridDim.y: CUDA's limit

// Floats [N,C,H,W] on a GPU with nothing between the values, of planes that an int counts, while
// cuDNN is not switched off (without_libraries.h).
inline bool isPlainOnCuda(const torch::Tensor& map) {
  return map.is_cuda() && map.scalar_type() == torch::kFloat32 && map.dim() == 4 &&
         map.is_contiguous() && map.numel() > 0 && map.size(2) * map.size(3) <= kMostOfPlane &&
         at::globalContext().userEnabledCuDNN();
}

// Of a convolution in training, which mixed precision would take in 16 bits.
inline bool isPlainConvOnCuda(const torch::Tensor& image, const torch::Tensor& weights) {
  return isPlainOnCuda(image) && isPlainOnCuda(weights) && !compat::isAutocastOn(torch::kCUDA);
}

// Whether this build has kernels for the device of `map`, as `areThere` says; asked once for each.
template <bool (*areThere)()>
bool isBuiltFor(const torch::Tensor& map) {
  static std::array<std::atomic<int>, 64> known{};  // by device; 0: not yet
  std::atomic<int>& one = known[static_cast<std::size_t>(map.device().index()) % known.size()];
  if (one == 0) {
    const at::DeviceGuard device(map.device());
    one = areThere() ? 1 : -1;
  }
  return one == 1;
}

// What stands for an operation in a build without CUDA, where nothing asks for it.
[[noreturn]] inline torch::Tensor notBuilt() {
  TORCH_CHECK(false, "this build has no kernels for CUDA");
}

// Throws c10::Error if CUDA refused a kernel of `what`.
inline void checkLaunch(const char* what, const char* refusal) {
  TORCH_CHECK(refusal == nullptr, what, ": CUDA refused a kernel: ", refusal);
}

}  // namespace limbus
