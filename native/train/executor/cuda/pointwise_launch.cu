#include "native/train/executor/cuda/cuda_side.cuh"
#include "native/train/executor/cuda/pointwise_kernels.cuh"
#include "native/train/executor/cuda/pointwise_launch.h"

namespace limbus::pointwise_kernels {

bool areThere() { return isThere(sumProducts<1>); }

const char* gradientByWeights(const float* image, const float* gradient, float* sums, float* to,
                              const Parts& by, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  const bool four = by.pixels % 4 == 0 && areFour(image, gradient);
  const auto kernel = four ? sumProducts<4> : sumProducts<1>;
  kernel<<<by.images * by.parts, kThreads, 0, on>>>(image, gradient, sums, by);
  putTogether<<<by.across * by.down * kSide * kSide / kColumns, kThreads, 0, on>>>(sums, to, by);
  return refusal();
}

}  // namespace limbus::pointwise_kernels
