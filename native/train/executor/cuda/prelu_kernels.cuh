// PReLU (He et al., 2015), [N,C,H,W] floats: one pass over the image forward; one backward over
// image and gradient, in which the slopes' gradients are summed up, too.
//
// Grid: blockIdx.x is the plane, blockIdx.y its part.
//
// Plain CUDA C++ without CUDA's headers, so that a test runs it on a CPU
// (native_prelu_kernels.cpp).
#pragma once

#include "native/train/executor/cuda/blocks.cuh"
#include "native/train/executor/cuda/prelu_launch.h"

namespace limbus::prelu_kernels {
using namespace cuda_blocks;
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

static_assert(kLeastEach == 4 * kThreads, "no thread is left over");

// work(i) for each place of this block's part where `kWide` values begin, counted from the first of
// the image.
template <int kWide, class Work>
__device__ void forEach(const Planes& planes, Work work) {
  const long long plane = static_cast<long long>(blockIdx.x) * planes.pixels;
  const int begin = static_cast<int>(blockIdx.y) * planes.pixelsEach;
  const int end =
      begin + planes.pixelsEach < planes.pixels ? begin + planes.pixelsEach : planes.pixels;
  LIMBUS_NO_UNROLL
  for (int i = begin + kWide * static_cast<int>(threadIdx.x); i < end; i += kWide * kThreads) {
    work(plane + i);
  }
}

// Of this block's plane.
__device__ int slopeAt(const Planes& planes) {
  return static_cast<int>(blockIdx.x) % planes.slopes;
}

template <int kWide>
__global__ void outputs(const float* __restrict__ image, const float* __restrict__ slopes,
                        float* __restrict__ out, Planes planes) {
  const float slope = slopes[slopeAt(planes)];
  forEach<kWide>(planes, [&](long long i) {
    Values<kWide> x = load<kWide>(image + i);
    LIMBUS_UNROLL
    for (int k = 0; k < kWide; ++k) x.at[k] = x.at[k] > 0 ? x.at[k] : slope * x.at[k];
    *reinterpret_cast<Values<kWide>*>(out + i) = x;
  });
}

// sums: [slopes][blocks of one]
template <int kWide>
__global__ void gradients(const float* __restrict__ image, const float* __restrict__ slopes,
                          const float* __restrict__ gradient, float* __restrict__ ofImage,
                          float* sums, Planes planes) {
  const float slope = slopes[slopeAt(planes)];
  float own[1] = {};
  forEach<kWide>(planes, [&](long long i) {
    const Values<kWide> x = load<kWide>(image + i);
    Values<kWide> d = load<kWide>(gradient + i);
    LIMBUS_UNROLL
    for (int k = 0; k < kWide; ++k) {
      if (x.at[k] > 0) continue;
      own[0] += x.at[k] * d.at[k];
      d.at[k] *= slope;
    }
    *reinterpret_cast<Values<kWide>*>(ofImage + i) = d;
  });
  const long long plane = static_cast<long long>(slopeAt(planes)) * (planes.count / planes.slopes) +
                          static_cast<int>(blockIdx.x) / planes.slopes;
  storeSums(own, sums + plane * planes.parts + blockIdx.y);
}

}  // namespace
}  // namespace limbus::prelu_kernels
