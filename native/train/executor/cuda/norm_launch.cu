#include <cuda_runtime.h>

#include <cstdint>

#include "native/train/executor/cuda/norm_kernels.cuh"
#include "native/train/executor/cuda/norm_launch.h"

namespace limbus::norm_kernels {
namespace {

bool areFour(const Parts& by, const void* one, const void* other, const void* third) {
  const auto bits = reinterpret_cast<std::uintptr_t>(one) |
                    reinterpret_cast<std::uintptr_t>(other) |
                    reinterpret_cast<std::uintptr_t>(third);
  return by.pixels % 4 == 0 && bits % (4 * sizeof(float)) == 0;
}

dim3 gridOf(const Parts& by) {
  return dim3(static_cast<unsigned>(by.channels), static_cast<unsigned>(by.images * by.parts));
}

const char* refusal() {
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
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

bool areThere() {
  cudaFuncAttributes attributes;
  if (cudaFuncGetAttributes(&attributes, sumValues<1>) == cudaSuccess) return true;
  static_cast<void>(cudaGetLastError());
  return false;
}

const char* forward(const float* image, float* sums, const Norm& norm, const Activation& activation,
                    float* out, const Parts& by, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  return areFour(by, image, out, out) ? forwardBy<4>(image, sums, norm, activation, out, by, on)
                                      : forwardBy<1>(image, sums, norm, activation, out, by, on);
}

const char* backward(const float* image, const float* gradient, float* sums, const Norm& norm,
                     const Activation& activation, const Gradients& to, const Parts& by,
                     void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  return areFour(by, image, gradient, to.image)
             ? backwardBy<4>(image, gradient, sums, norm, activation, to, by, on)
             : backwardBy<1>(image, gradient, sums, norm, activation, to, by, on);
}

}  // namespace limbus::norm_kernels
