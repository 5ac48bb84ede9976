// The gradient by the weights of a convolution of 3x3 with all channels: K x C * 9 sums of products
// over all outputs.
//
// Grid: blockIdx.x counts parts of images, blockIdx.y chunks of channels. A block reads its part
// tile by tile into shared memory: what each tap of each of the chunk's channels sees, and the
// gradient. A thread keeps 4x4 of the products; threads that are left over keep the same for other
// outputs. What the blocks sum up is put together by a second kernel, in one order: the same bits
// in every run.
//
// Plain CUDA C++ without CUDA's headers, so that a test runs it on a CPU
// (native_dense_kernels.cpp).
#pragma once

#include "native/train/executor/cuda/dense_launch.h"
#include "native/train/executor/cuda/products.cuh"

namespace limbus::dense_kernels {
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

constexpr int kLoads = 4;   // of the gradient by a thread that are on their way at a time
constexpr int kPlanes = 2;  // of the image, likewise

// A tile's rows are channel by channel what the taps see, then the gradient's channels. Each of
// both is filled up to whole squares by rows whose products nobody looks at.

__device__ bool isInside(int at, int size) { return at >= 0 && at < size; }

// `quads` of each row, from that quad of the outputs on. A thread stays with its output.
__device__ void fillSeen(const float* __restrict__ image, int channels, int first, int quads,
                         float* tile, const Parts& by) {
  const int wide = 4 * quads, step = kThreadsOfBlock / wide;
  const int pixel = static_cast<int>(threadIdx.x) % wide;
  int channel = static_cast<int>(threadIdx.x) / wide;
  if (channel >= step) return;
  const int quad = first + pixel / 4;
  const int row = quad / by.quadsAcross, column = quad % by.quadsAcross * 4 + pixel % 4;
  const int top = row * by.y.stride - by.y.padding;
  const int left = column < by.x.out ? column * by.x.stride - by.x.padding : by.x.in;
  for (; channel < channels; channel += kPlanes * step) {
    float values[kPlanes][kTaps];
    LIMBUS_UNROLL
    for (int l = 0; l < kPlanes; ++l) {
      const bool isThere = channel + l * step < channels;
      const float* plane = image + static_cast<long long>(channel + l * step) * by.y.in * by.x.in;
      LIMBUS_UNROLL
      for (int t = 0; t < kTaps; ++t) {
        const int y = top + t / 3 * by.y.dilation, x = left + t % 3 * by.x.dilation;
        const bool inside = isThere && isInside(y, by.y.in) && isInside(x, by.x.in);
        values[l][t] = inside ? plane[y * by.x.in + x] : 0.0f;
      }
    }
    LIMBUS_UNROLL
    for (int l = 0; l < kPlanes; ++l) {
      if (channel + l * step >= channels) continue;
      LIMBUS_UNROLL
      for (int t = 0; t < kTaps; ++t) {
        tile[((channel + l * step) * kTaps + t) * 4 * pitchOf(by) + pixel] = values[l][t];
      }
    }
  }
}

template <int kWide>
__device__ void fillGradient(const float* __restrict__ gradient, int channels, int first, int quads,
                             Quad* tile, const Parts& by) {
  const int step = kThreadsOfBlock / quads, place = static_cast<int>(threadIdx.x) % quads;
  int channel = static_cast<int>(threadIdx.x) / quads;
  if (channel >= step) return;
  const int quad = first + place;
  const int column = quad % by.quadsAcross * 4;
  const float* from = gradient + quad / by.quadsAcross * by.x.out + column;
  for (; channel < channels; channel += kLoads * step) {
    Quad values[kLoads] = {};
    LIMBUS_UNROLL
    for (int l = 0; l < kLoads; ++l) {
      if (channel + l * step >= channels) continue;
      const float* at = from + static_cast<long long>(channel + l * step) * by.y.out * by.x.out;
      if constexpr (kWide == 4) {
        values[l] = load<4>(at);
      } else {
        LIMBUS_UNROLL
        for (int p = 0; p < 4; ++p) values[l].at[p] = column + p < by.x.out ? at[p] : 0.0f;
      }
    }
    LIMBUS_UNROLL
    for (int l = 0; l < kLoads; ++l) {
      if (channel + l * step < channels)
        tile[(channel + l * step) * pitchOf(by) + place] = values[l];
    }
  }
}

// Where this block's chunk begins and how many channels it has.
struct Chunk {
  int in, inSize, out, outSize;
};

__device__ Chunk chunkOf(const Parts& by) {
  const int in = static_cast<int>(blockIdx.y) % by.inChunks * by.inEach;
  const int out = static_cast<int>(blockIdx.y) / by.inChunks * by.outEach;
  return {in, in + by.inEach < by.in ? by.inEach : by.in - in, out,
          out + by.outEach < by.out ? by.outEach : by.out - out};
}

// sums: [chunks][blocks][4 * down][4 * across].
template <int kWide>
__global__ void sumProducts(const float* __restrict__ image, const float* __restrict__ gradient,
                            float* sums, Parts by) {
  __shared__ Quad tile[kRoom];
  const Chunk chunk = chunkOf(by);
  const long long n = static_cast<int>(blockIdx.x) / by.parts;
  const float* images = image + (n * by.in + chunk.in) * by.y.in * by.x.in;
  const float* gradients = gradient + (n * by.out + chunk.out) * by.y.out * by.x.out;
  const long long block = static_cast<long long>(blockIdx.y) * gridDim.x + blockIdx.x;
  sumTiles<kThreadsOfBlock>(
      by, by.y.out * by.quadsAcross, tile, sums + block * kSide * kSide * by.across * by.down,
      [&](int first, int quads) {
        fillGradient<kWide>(gradients, chunk.outSize, first, quads,
                            tile + kSide * by.across * pitchOf(by), by);
        fillSeen(images, chunk.inSize, first, quads, reinterpret_cast<float*>(tile), by);
      });
}

// Of a chunk's blocks; a grid of squares * 16 / kColumns x chunks blocks. to: [K][C][9].
__global__ void putTogether(const float* sums, float* to, Parts by) {
  const int wide = kSide * by.across, products = kSide * by.down * wide;
  const int blocks = by.images * by.parts;
  const float sum =
      sumOfBlocks(sums + static_cast<long long>(blockIdx.y) * blocks * products, blocks, products);
  const Chunk chunk = chunkOf(by);
  const int thread = static_cast<int>(threadIdx.x);
  const int product = static_cast<int>(blockIdx.x) * kColumns + thread;
  const int k = product / wide, i = product % wide;
  if (thread < kColumns && k < chunk.outSize && i < chunk.inSize * kTaps) {
    to[((chunk.out + k) * by.in + chunk.in) * kTaps + i] = sum;
  }
}

}  // namespace
}  // namespace limbus::dense_kernels
