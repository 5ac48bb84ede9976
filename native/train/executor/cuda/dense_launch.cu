#include "native/train/executor/cuda/cuda_side.cuh"
#include "native/train/executor/cuda/dense_kernels.cuh"
#include "native/train/executor/cuda/dense_launch.h"

namespace limbus::dense_kernels {

bool areThere() { return isThere(sumProducts<1>); }

const char* gradientByWeights(const float* image, const float* gradient, float* sums, float* to,
                              const Parts& by, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  const auto chunks = static_cast<unsigned>(by.chunks);
  const dim3 blocks(static_cast<unsigned>(by.images * by.parts), chunks);
  const dim3 columns(static_cast<unsigned>(by.across * by.down * kSide * kSide / kColumns), chunks);
  const auto kernel = by.x.out % 4 == 0 && areFour(gradient) ? sumProducts<4> : sumProducts<1>;
  kernel<<<blocks, kThreadsOfBlock, 0, on>>>(image, gradient, sums, by);
  putTogether<<<columns, kThreads, 0, on>>>(sums, to, by);
  return refusal();
}

}  // namespace limbus::dense_kernels
