// What pointwise_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

#include "native/train/executor/cuda/products.h"

namespace limbus::pointwise_kernels {
using namespace cuda_products;

// A quad is four pixels that lie behind each other.
struct Parts : Deal {
  int images, in, out, pixels;  // N, C, K, H*W
};

constexpr int kThreadsOfBlock = 256;  // each has a square: across * down is at most that
constexpr int kRoom = 2560;           // quads of shared memory, as many as a row has at most

// For about `blocks` blocks, or fewer.
inline Parts dealtOut(int images, int in, int out, int pixels, int blocks) {
  return {cuda_products::dealtOut(dividedUp(in, kSide), dividedUp(out, kSide), dividedUp(pixels, 4),
                                  blocks / images, kRoom, kRoom),
          images, in, out, pixels};
}

// False: this build has no kernels for the device.
bool areThere();

// to [K,C] = the sum over images and pixels of gradient [N,K,H,W] times image [N,C,H,W], both
// without gaps, on `stream`, a cudaStream_t. `sums` has room for 16 * across * down floats of each
// of images * parts blocks. Null, or why CUDA refused a kernel.
const char* gradientByWeights(const float* image, const float* gradient, float* sums, float* to,
                              const Parts& by, void* stream);

}  // namespace limbus::pointwise_kernels
