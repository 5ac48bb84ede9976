#include <cuda_runtime.h>

#include <cstdint>

#include "native/train/executor/cuda/resize_kernels.cuh"
#include "native/train/executor/cuda/resize_launch.h"

namespace limbus::resize_kernels {
namespace {

bool areFour(int width, const void* rows) {
  return width % 4 == 0 && reinterpret_cast<std::uintptr_t>(rows) % (4 * sizeof(float)) == 0;
}

unsigned blocksOf(int planes, const Parts& by) {
  return static_cast<unsigned>(planes) * static_cast<unsigned>(by.parts);
}

const char* refusal() {
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace

bool areThere() {
  cudaFuncAttributes attributes;
  if (cudaFuncGetAttributes(&attributes, gather<1>) == cudaSuccess) return true;
  static_cast<void>(cudaGetLastError());
  return false;
}

const char* forward(const float* in, float* out, const Axes& by, int planes, void* stream) {
  const Parts parts = partsOf(planes, by.y.to, by.x.from);
  const auto kernel = areFour(by.x.from, in) ? interpolate<4> : interpolate<1>;
  kernel<<<blocksOf(planes, parts), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(in, out, by,
                                                                                      parts);
  return refusal();
}

const char* backward(const float* ofOut, float* ofIn, const Axes& by, int planes, void* stream) {
  const Parts parts = partsOf(planes, by.y.from, by.x.to);
  const auto kernel = areFour(by.x.to, ofOut) ? gather<4> : gather<1>;
  kernel<<<blocksOf(planes, parts), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(ofOut, ofIn,
                                                                                      by, parts);
  return refusal();
}

}  // namespace limbus::resize_kernels
