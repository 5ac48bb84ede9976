// What cross_entropy_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

#include <cstdint>

namespace limbus::cross_entropy_kernels {

struct Shape {
  int images, classes, pixels;  // N, K, H*W
};

// What is true of the pixels, [N,pixels]; those of label `nothing` take no part.
struct Truth {
  const std::int64_t* labels;
  std::int64_t nothing;
};

// False: this build has no kernels for the device.
bool areThere();

// On `stream`, a cudaStream_t. Logits and their gradient are [N,K,pixels], the loss [N,pixels] and
// its gradient as well, or one value for all pixels. A label that is of no class makes NaN of both.
// Null, or why CUDA refused a kernel.
const char* forward(const float* logits, const Truth& truth, float* loss, const Shape& by,
                    void* stream);
const char* backward(const float* logits, const Truth& truth, const float* loss,
                     const float* ofLoss, bool isOne, float* ofLogits, const Shape& by,
                     void* stream);

}  // namespace limbus::cross_entropy_kernels
