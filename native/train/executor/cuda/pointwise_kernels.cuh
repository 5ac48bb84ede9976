// The gradient by the weights of a convolution with kernels of one value: K x C sums of products
// over all pixels.
//
// Grid: a block for each part of an image, which it reads tile by tile into shared memory. A thread
// keeps 4x4 of the products, channels of the image by channels of the gradient; threads that are
// left over keep the same for other pixels. What the blocks sum up is put together by a second
// kernel, in one order: the same bits in every run.
//
// Plain CUDA C++ without CUDA's headers, so that a test runs it on a CPU
// (native_pointwise_kernels.cpp).
#pragma once

#include "native/train/executor/cuda/pointwise_launch.h"
#include "native/train/executor/cuda/products.cuh"

namespace limbus::pointwise_kernels {
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

static_assert(kThreads == kThreadsOfBlock, "what is dealt out counts on it");

constexpr int kLoads = 4;  // of a thread on their way at a time

// A tile's rows are the image's channels, then the gradient's, each filled up with rows of zeros to
// whole squares.

// What belongs into a row of a tile, from `pixel` on.
template <int kWide>
__device__ Values<kWide> valuesOf(const float* image, const float* gradient, int row, int pixel,
                                  const Parts& by) {
  const int ofImage = kSide * by.across;
  const bool isImage = row < ofImage;
  const int channel = isImage ? row : row - ofImage, channels = isImage ? by.in : by.out;
  if (channel >= channels || pixel >= by.pixels) return {};
  const long long plane =
      static_cast<long long>(static_cast<int>(blockIdx.x) / by.parts) * channels + channel;
  return load<kWide>((isImage ? image : gradient) + plane * by.pixels + pixel);
}

// `quads` of each row, from that quad of the image on.
template <int kWide>
__device__ void fill(const float* image, const float* gradient, int first, int quads, Quad* tile,
                     const Parts& by) {
  auto* to = reinterpret_cast<float*>(tile);
  const int thread = static_cast<int>(threadIdx.x);
  const int rows = kSide * (by.across + by.down), wide = quads * (4 / kWide);
  int row = thread / wide, i = thread % wide;
  while (row < rows) {
    Values<kWide> values[kLoads];
    int places[kLoads];
    for (int l = 0; l < kLoads; ++l) {
      places[l] = -1;
      if (row >= rows) continue;
      values[l] = valuesOf<kWide>(image, gradient, row, 4 * first + kWide * i, by);
      places[l] = 4 * row * pitchOf(by) + kWide * i;
      row += kThreads / wide;
      i += kThreads % wide;
      if (i < wide) continue;
      i -= wide;
      ++row;
    }
    for (int l = 0; l < kLoads; ++l) {
      if (places[l] >= 0) *reinterpret_cast<Values<kWide>*>(to + places[l]) = values[l];
    }
  }
}

// sums: [blocks][4 * down][4 * across].
template <int kWide>
__global__ void sumProducts(const float* image, const float* gradient, float* sums, Parts by) {
  __shared__ Quad tile[kRoom];
  sumTiles<kThreads>(
      by, (by.pixels + 3) / 4, tile,
      sums + static_cast<long long>(blockIdx.x) * kSide * kSide * by.across * by.down,
      [&](int first, int quads) { fill<kWide>(image, gradient, first, quads, tile, by); });
}

// Of all blocks; a grid of squares * 16 / kColumns blocks. to: [K][C].
__global__ void putTogether(const float* sums, float* to, Parts by) {
  const int wide = kSide * by.across;
  const float sum = sumOfBlocks(sums, by.images * by.parts, kSide * by.down * wide);
  const int thread = static_cast<int>(threadIdx.x);
  const int product = static_cast<int>(blockIdx.x) * kColumns + thread;
  const int k = product / wide, c = product % wide;
  if (thread < kColumns && k < by.out && c < by.in) to[k * by.in + c] = sum;
}

}  // namespace
}  // namespace limbus::pointwise_kernels
