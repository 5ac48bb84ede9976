#include <cuda_runtime.h>

#include <cstdint>

#include "native/train/losses/cuda/cross_entropy_kernels.cuh"
#include "native/train/losses/cuda/cross_entropy_launch.h"

namespace limbus::cross_entropy_kernels {
namespace {

bool areFour(const Shape& by, const void* one, const void* other, const void* third,
             const void* fourth) {
  const auto bits =
      reinterpret_cast<std::uintptr_t>(one) | reinterpret_cast<std::uintptr_t>(other) |
      reinterpret_cast<std::uintptr_t>(third) | reinterpret_cast<std::uintptr_t>(fourth);
  return by.pixels % 4 == 0 && bits % (4 * sizeof(float)) == 0;
}

unsigned blocksOf(const Shape& by, int wide) {
  const int each = kThreads * wide;
  return static_cast<unsigned>(by.images) * static_cast<unsigned>((by.pixels + each - 1) / each);
}

const char* refusal() {
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace

bool areThere() {
  cudaFuncAttributes attributes;
  if (cudaFuncGetAttributes(&attributes, losses<1>) == cudaSuccess) return true;
  static_cast<void>(cudaGetLastError());
  return false;
}

const char* forward(const float* logits, const Truth& truth, float* loss, const Shape& by,
                    void* stream) {
  const bool four = areFour(by, logits, truth.labels, loss, loss);
  const auto kernel = four ? losses<4> : losses<1>;
  kernel<<<blocksOf(by, four ? 4 : 1), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      logits, truth, loss, by);
  return refusal();
}

const char* backward(const float* logits, const Truth& truth, const float* loss,
                     const float* ofLoss, bool isOne, float* ofLogits, const Shape& by,
                     void* stream) {
  const bool four = areFour(by, logits, truth.labels, loss, ofLogits) &&
                    (isOne || areFour(by, ofLoss, ofLoss, ofLoss, ofLoss));
  const auto kernel = four ? gradients<4> : gradients<1>;
  kernel<<<blocksOf(by, four ? 4 : 1), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      logits, truth, loss, ofLoss, isOne, ofLogits, by);
  return refusal();
}

}  // namespace limbus::cross_entropy_kernels
