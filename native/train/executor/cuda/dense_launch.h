// What dense_kernels.cuh is called with, without CUDA's headers and LibTorch's.
#pragma once

#include "native/train/executor/cuda/products.h"

namespace limbus::dense_kernels {
using namespace cuda_products;

struct Axis {
  int in, out, stride, padding, dilation;
};

// A quad is four outputs beside each other.
struct Parts : Deal {
  int images, in, out;  // N, C, K
  Axis y, x;
  int inEach, outEach;   // channels of a chunk, of inEach * 9 and outEach products
  int inChunks, chunks;  // of the image's channels; of both sides', a row of blocks each
  int quadsAcross;       // of a row of outputs, the last of them filled up
};

constexpr int kTaps = 9;                    // 3x3
constexpr int kThreadsOfBlock = 288;        // each has a square: across * down is at most that
constexpr int kMostIn = 16, kMostOut = 32;  // channels of a chunk
constexpr int kRoom = 3072;                 // quads of shared memory
constexpr int kMostQuads = 71;              // of a tile: a thread at least for each of its outputs

// For about `blocks` blocks, or fewer.
inline Parts dealtOut(int images, int in, int out, const Axis& y, const Axis& x, int blocks) {
  const int inEach = dividedUp(in, dividedUp(in, kMostIn));
  const int outEach = dividedUp(out, dividedUp(out, kMostOut));
  const int inChunks = dividedUp(in, inEach), chunks = inChunks * dividedUp(out, outEach);
  const int quadsAcross = dividedUp(x.out, 4);
  const Deal deal =
      cuda_products::dealtOut(dividedUp(inEach * kTaps, kSide), dividedUp(outEach, kSide),
                              y.out * quadsAcross, blocks / chunks / images, kRoom, kMostQuads);
  return {deal, images, in, out, y, x, inEach, outEach, inChunks, chunks, quadsAcross};
}

// False: this build has no kernels for the device.
bool areThere();

// to [K,C,3,3] = the gradient by the weights of a convolution of image [N,C,H,W] from the gradient
// by its outputs, all without gaps, on `stream`, a cudaStream_t. `sums` has room for
// 16 * across * down floats of each of images * parts * chunks blocks. Null, or why CUDA refused a
// kernel.
const char* gradientByWeights(const float* image, const float* gradient, float* sums, float* to,
                              const Parts& by, void* stream);

}  // namespace limbus::dense_kernels
