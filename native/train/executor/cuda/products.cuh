// What kernels share whose blocks keep products of two matrices' rows in registers (products.h).
//
// Plain CUDA C++ without CUDA's headers, so that tests run kernels on a CPU (kernels_on_cpu.h).
#pragma once

#include "native/train/executor/cuda/blocks.cuh"
#include "native/train/executor/cuda/products.h"

namespace limbus::cuda_products {
using namespace cuda_blocks;
namespace {

using Quad = Values<4>;

constexpr int kColumns = 8;  // of sums that a block of sumOfBlocks() puts together

// Quads between the rows of a tile. An odd number of them: eight neighbours share no bank.
__device__ int pitchOf(const Deal& by) { return by.quadsOfTile | 1; }

// A thread's square, and which of the groups of threads it belongs to, that take turns at quads;
// `group` is `groups` for those that are left over.
struct Share {
  int row, column, group, groups;
};

template <int kThreadsOfBlock>
__device__ Share shareOf(const Deal& by) {
  const int thread = static_cast<int>(threadIdx.x), squares = by.across * by.down;
  const int square = thread % squares;
  return {square / by.across, square % by.across, thread / squares, kThreadsOfBlock / squares};
}

// Rows of one square lie `across` or `down` apart: neighbours read neighbouring rows.
__device__ void multiply(const Quad* seen, const Quad* ofGradient, const Deal& by,
                         float (&sums)[kSide][kSide]) {
  Quad x[kSide];
  LIMBUS_UNROLL
  for (int c = 0; c < kSide; ++c) x[c] = seen[c * by.across * pitchOf(by)];
  LIMBUS_UNROLL
  for (int k = 0; k < kSide; ++k) {
    const Quad y = ofGradient[k * by.down * pitchOf(by)];
    LIMBUS_UNROLL
    for (int c = 0; c < kSide; ++c) {
      LIMBUS_UNROLL
      for (int p = 0; p < 4; ++p) sums[k][c] += y.at[p] * x[c].at[p];
    }
  }
}

// All quads of a tile: what is seen, and behind it the gradient.
__device__ void multiplyAll(const Quad* tile, int quads, const Share& share, const Deal& by,
                            float (&sums)[kSide][kSide]) {
  if (share.group >= share.groups) return;
  const Quad* seen = tile + share.column * pitchOf(by);
  const Quad* ofGradient = tile + (kSide * by.across + share.row) * pitchOf(by);
  for (int q = share.group; q < quads; q += share.groups) {
    multiply(seen + q, ofGradient + q, by, sums);
  }
}

// The groups' products, summed up in one order: [4 * down][4 * across]. `tile` is overwritten.
template <int kThreadsOfBlock>
__device__ void storeProducts(const float (&own)[kSide][kSide], const Share& share, const Deal& by,
                              Quad* tile, float* to) {
  auto* ofGroups = reinterpret_cast<float*>(tile);
  const int wide = kSide * by.across, products = kSide * by.down * wide;
  __syncthreads();
  if (share.group < share.groups) {
    for (int k = 0; k < kSide; ++k) {
      for (int c = 0; c < kSide; ++c) {
        ofGroups[share.group * products + (share.row + k * by.down) * wide + share.column +
                 c * by.across] = own[k][c];
      }
    }
  }
  __syncthreads();
  for (int p = static_cast<int>(threadIdx.x); p < products; p += kThreadsOfBlock) {
    float sum = 0;
    for (int g = 0; g < share.groups; ++g) sum += ofGroups[g * products + p];
    to[p] = sum;
  }
}

// This block's sums of products, [4 * down][4 * across], over its part of an image of `quads`;
// fill(first, count) brings so many quads of each row into `tile`.
template <int kThreadsOfBlock, class Fill>
__device__ void sumTiles(const Deal& by, int quads, Quad* tile, float* to, Fill fill) {
  const Share share = shareOf<kThreadsOfBlock>(by);
  const int begin = static_cast<int>(blockIdx.x) % by.parts * by.quadsOfPart;
  const int end = begin + by.quadsOfPart < quads ? begin + by.quadsOfPart : quads;
  float own[kSide][kSide] = {};
  for (int first = begin; first < end; first += by.quadsOfTile) {
    const int count = first + by.quadsOfTile < end ? by.quadsOfTile : end - first;
    __syncthreads();
    fill(first, count);
    __syncthreads();
    multiplyAll(tile, count, share, by, own);
  }
  storeProducts<kThreadsOfBlock>(own, share, by, tile, to);
}

// The sum of product blockIdx.x * kColumns + threadIdx.x over blocks, for the first kColumns of
// kThreads threads, in one order. sums: [blocks][products].
__device__ float sumOfBlocks(const float* sums, int blocks, int products) {
  __shared__ float all[kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  const int product = static_cast<int>(blockIdx.x) * kColumns + thread % kColumns;
  float own = 0;
  for (int block = thread / kColumns; block < blocks; block += kThreads / kColumns) {
    own += sums[static_cast<long long>(block) * products + product];
  }
  all[thread] = own;
  for (int half = kThreads / 2; half >= kColumns; half /= 2) {
    __syncthreads();
    if (thread < half) all[thread] += all[thread + half];
  }
  return all[thread];
}

}  // namespace
}  // namespace limbus::cuda_products
