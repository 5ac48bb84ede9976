#include "native/train/executor/cuda/cuda_side.cuh"
#include "native/train/executor/cuda/prelu_kernels.cuh"
#include "native/train/executor/cuda/prelu_launch.h"

namespace limbus::prelu_kernels {
namespace {

dim3 gridOf(const Planes& planes) {
  return dim3(static_cast<unsigned>(planes.count), static_cast<unsigned>(planes.parts));
}

}  // namespace

bool areThere() { return isThere(outputs<1>); }

const char* forward(const float* image, const float* slopes, float* out, const Planes& planes,
                    void* stream) {
  const bool four = planes.pixels % 4 == 0 && areFour(image, out);
  const auto kernel = four ? outputs<4> : outputs<1>;
  kernel<<<gridOf(planes), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(image, slopes, out,
                                                                             planes);
  return refusal();
}

const char* backward(const float* image, const float* slopes, const float* gradient, float* ofImage,
                     float* ofSlopes, float* sums, const Planes& planes, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  const bool four = planes.pixels % 4 == 0 && areFour(image, gradient, ofImage);
  const auto kernel = four ? gradients<4> : gradients<1>;
  kernel<<<gridOf(planes), kThreads, 0, on>>>(image, slopes, gradient, ofImage, sums, planes);
  sumBlocks<1><<<planes.slopes, kThreads, 0, on>>>(sums, ofSlopes,
                                                   planes.count / planes.slopes * planes.parts);
  return refusal();
}

}  // namespace limbus::prelu_kernels
