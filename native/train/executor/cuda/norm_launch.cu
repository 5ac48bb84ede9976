#include "native/train/executor/cuda/cuda_side.cuh"
#include "native/train/executor/cuda/norm_kernels.cuh"
#include "native/train/executor/cuda/norm_launch.h"

namespace limbus::norm_kernels {
namespace {

dim3 gridOf(const Parts& by) {
  return dim3(static_cast<unsigned>(by.channels), static_cast<unsigned>(by.images * by.parts));
}

template <int kWide>
const char* forwardBy(const float* image, float* sums, const Norm& norm,
                      const Activation& activation, float* out, const Parts& by,
                      cudaStream_t stream) {
  sumValues<kWide><<<gridOf(by), kThreads, 0, stream>>>(image, sums, by);
  normalise<kWide><<<gridOf(by), kThreads, 0, stream>>>(image, sums, norm, activation, out, by);
  return refusal();
}

template <int kWide>
const char* backwardBy(const float* image, const float* gradient, float* sums, const Norm& norm,
                       const Activation& activation, const Gradients& to, const Parts& by,
                       cudaStream_t stream) {
  sumGradients<kWide>
      <<<gridOf(by), kThreads, 0, stream>>>(image, gradient, norm, activation, sums, by);
  gradients<kWide>
      <<<gridOf(by), kThreads, 0, stream>>>(image, gradient, sums, norm, activation, to, by);
  return refusal();
}

}  // namespace

bool areThere() { return isThere(sumValues<1>); }

const char* forward(const float* image, float* sums, const Norm& norm, const Activation& activation,
                    float* out, const Parts& by, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  return by.pixels % 4 == 0 && areFour(image, out)
             ? forwardBy<4>(image, sums, norm, activation, out, by, on)
             : forwardBy<1>(image, sums, norm, activation, out, by, on);
}

const char* backward(const float* image, const float* gradient, float* sums, const Norm& norm,
                     const Activation& activation, const Gradients& to, const Parts& by,
                     void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  return by.pixels % 4 == 0 && areFour(image, gradient, to.image)
             ? backwardBy<4>(image, gradient, sums, norm, activation, to, by, on)
             : backwardBy<1>(image, gradient, sums, norm, activation, to, by, on);
}

}  // namespace limbus::norm_kernels
