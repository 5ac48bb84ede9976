#include <cuda_runtime.h>

#include <cstdint>

#include "native/train/executor/cuda/pointwise_kernels.cuh"
#include "native/train/executor/cuda/pointwise_launch.h"

namespace limbus::pointwise_kernels {

bool areThere() {
  cudaFuncAttributes attributes;
  if (cudaFuncGetAttributes(&attributes, sumProducts<1>) == cudaSuccess) return true;
  static_cast<void>(cudaGetLastError());
  return false;
}

const char* gradientByWeights(const float* image, const float* gradient, float* sums, float* to,
                              const Parts& by, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  const auto bits =
      reinterpret_cast<std::uintptr_t>(image) | reinterpret_cast<std::uintptr_t>(gradient);
  const bool four = by.pixels % 4 == 0 && bits % (4 * sizeof(float)) == 0;
  const auto kernel = four ? sumProducts<4> : sumProducts<1>;
  kernel<<<by.images * by.parts, kThreads, 0, on>>>(image, gradient, sums, by);
  sumBlocks<<<by.across * by.down * kSide * kSide / kColumns, kThreads, 0, on>>>(sums, to, by);
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace limbus::pointwise_kernels
