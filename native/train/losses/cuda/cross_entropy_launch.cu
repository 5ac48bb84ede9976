#include "native/train/executor/cuda/cuda_side.cuh"
#include "native/train/losses/cuda/cross_entropy_kernels.cuh"
#include "native/train/losses/cuda/cross_entropy_launch.h"

namespace limbus::cross_entropy_kernels {
namespace {

unsigned blocksOf(const Shape& by, int wide) {
  const int each = kThreads * wide;
  return static_cast<unsigned>(by.images) * static_cast<unsigned>((by.pixels + each - 1) / each);
}

}  // namespace

bool areThere() { return isThere(losses<1>); }

const char* forward(const float* logits, const Truth& truth, float* loss, const Shape& by,
                    void* stream) {
  const bool four = by.pixels % 4 == 0 && areFour(logits, truth.labels, loss);
  const auto kernel = four ? losses<4> : losses<1>;
  kernel<<<blocksOf(by, four ? 4 : 1), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      logits, truth, loss, by);
  return refusal();
}

const char* backward(const float* logits, const Truth& truth, const float* loss,
                     const float* ofLoss, bool isOne, float* ofLogits, const Shape& by,
                     void* stream) {
  const bool four = by.pixels % 4 == 0 && areFour(logits, truth.labels, loss, ofLogits) &&
                    (isOne || areFour(ofLoss));
  const auto kernel = four ? gradients<4> : gradients<1>;
  kernel<<<blocksOf(by, four ? 4 : 1), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      logits, truth, loss, ofLoss, isOne, ofLogits, by);
  return refusal();
}

}  // namespace limbus::cross_entropy_kernels
