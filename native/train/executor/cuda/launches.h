// What all sides share that start kernels from LibTorch.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace limbus {

constexpr std::int64_t kMostBlocksDown = 65535;  // gridDim.y: CUDA's limit

// Throws c10::Error if CUDA refused a kernel of `what`.
inline void checkLaunch(const char* what, const char* refusal) {
  TORCH_CHECK(refusal == nullptr, what, ": CUDA refused a kernel: ", refusal);
}

}  // namespace limbus
