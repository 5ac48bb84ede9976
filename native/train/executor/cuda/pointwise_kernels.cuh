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

#include "native/train/executor/cuda/blocks.cuh"
#include "native/train/executor/cuda/pointwise_launch.h"

namespace limbus::pointwise_kernels {
using namespace cuda_blocks;
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

static_assert(kThreads == kThreadsOfBlock, "what is dealt out counts on it");

using Quad = Values<4>;

constexpr int kLoads = 4;    // of a thread on their way at a time
constexpr int kColumns = 8;  // of sums that a block of the second kernel puts together

// A tile's rows are the image's channels, then the gradient's, each filled up with rows of zeros to
// whole squares. Rows lie an odd number of quads apart: eight neighbours share no bank.
__device__ int apart(const Parts& by) { return by.quadsOfTile | 1; }

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
      places[l] = 4 * row * apart(by) + kWide * i;
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

// Channels of one square lie `across` or `down` apart: neighbours read neighbouring rows.
__device__ void multiply(const Quad* ofImage, const Quad* ofGradient, const Parts& by,
                         float (&sums)[kSide][kSide]) {
  Quad x[kSide];
  for (int c = 0; c < kSide; ++c) x[c] = ofImage[c * by.across * apart(by)];
  for (int k = 0; k < kSide; ++k) {
    const Quad y = ofGradient[k * by.down * apart(by)];
    for (int c = 0; c < kSide; ++c) {
      for (int p = 0; p < 4; ++p) sums[k][c] += y.at[p] * x[c].at[p];
    }
  }
}

// sums: [blocks][4 * down][4 * across].
template <int kWide>
__global__ void sumProducts(const float* image, const float* gradient, float* sums, Parts by) {
  __shared__ Quad tile[kRoom];
  const int thread = static_cast<int>(threadIdx.x);
  const int squares = by.across * by.down, groups = kThreads / squares;
  const int group = thread / squares;
  const int row = thread % squares / by.across, column = thread % squares % by.across;
  const int inAll = (by.pixels + 3) / 4;
  const int begin = static_cast<int>(blockIdx.x) % by.parts * by.quadsOfPart;
  const int end = begin + by.quadsOfPart < inAll ? begin + by.quadsOfPart : inAll;
  float own[kSide][kSide] = {};
  for (int first = begin; first < end; first += by.quadsOfTile) {
    const int quads = first + by.quadsOfTile < end ? by.quadsOfTile : end - first;
    __syncthreads();
    fill<kWide>(image, gradient, first, quads, tile, by);
    __syncthreads();
    if (group >= groups) continue;
    for (int q = group; q < quads; q += groups) {
      multiply(tile + column * apart(by) + q, tile + (kSide * by.across + row) * apart(by) + q, by,
               own);
    }
  }
  __syncthreads();
  auto* ofGroups = reinterpret_cast<float*>(tile);
  const int products = kSide * kSide * squares;
  if (group < groups) {
    for (int k = 0; k < kSide; ++k) {
      for (int c = 0; c < kSide; ++c) {
        ofGroups[group * products + (row + k * by.down) * kSide * by.across + column +
                 c * by.across] = own[k][c];
      }
    }
  }
  __syncthreads();
  for (int p = thread; p < products; p += kThreads) {
    float sum = 0;
    for (int g = 0; g < groups; ++g) sum += ofGroups[g * products + p];
    sums[static_cast<long long>(blockIdx.x) * products + p] = sum;
  }
}

// Of all blocks; a grid of squares * 16 / kColumns blocks. to: [K][C].
__global__ void sumBlocks(const float* sums, float* to, Parts by) {
  __shared__ float all[kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  const int products = kSide * kSide * by.across * by.down;
  const int product = static_cast<int>(blockIdx.x) * kColumns + thread % kColumns;
  float own = 0;
  for (int block = thread / kColumns; block < by.images * by.parts; block += kThreads / kColumns) {
    own += sums[static_cast<long long>(block) * products + product];
  }
  all[thread] = own;
  for (int half = kThreads / 2; half >= kColumns; half /= 2) {
    __syncthreads();
    if (thread < half) all[thread] += all[thread + half];
  }
  const int k = product / (kSide * by.across), c = product % (kSide * by.across);
  if (thread < kColumns && k < by.out && c < by.in) to[k * by.in + c] = all[thread];
}

}  // namespace
}  // namespace limbus::pointwise_kernels
