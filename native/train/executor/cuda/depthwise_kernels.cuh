// Convolutions with a kernel for each channel, [N,C,H,W] floats: one pass over image and outputs
// forward; one backward over image, outputs' gradient and image's gradient, in which the gradients
// by the kernel are summed up, too.
//
// Grid: blockIdx.x is the channel; blockIdx.y counts the parts of its planes, image by image. A
// thread computes `kRows` values below each other, which see mostly the same rows; threads beside
// each other compute columns beside each other.
//
// Plain CUDA C++ without CUDA's headers, so that a test runs it on a CPU.
#pragma once

#include "native/train/executor/cuda/blocks.cuh"
#include "native/train/executor/cuda/depthwise_launch.h"

namespace limbus::depthwise_kernels {
using namespace cuda_blocks;
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

// What a window looks like. kDense: rows below each other share all but one of the rows they see.
template <int kernelHigh, int kernelAcross, int strideOfBoth, bool dense>
struct Window {
  static constexpr int kHigh = kernelHigh, kAcross = kernelAcross, kTaps = kHigh * kAcross;
  static constexpr int kStride = strideOfBoth;
  static constexpr bool kDense = dense;
};

constexpr int kRows = 4;

__host__ __device__ constexpr int groupsOf(int rows) { return (rows + kRows - 1) / kRows; }

// Where a window's taps lie along an axis: at * stride + first + tap * dilation, of `size`.
struct Reach {
  int size, first, dilation;
};

__device__ Reach forwardReach(const Axis& axis) { return {axis.in, -axis.padding, axis.dilation}; }

// With strides of 1 outputs are to an input what inputs are to an output, the kernel turned round.
__device__ Reach backwardReach(const Axis& axis) {
  return {axis.out, axis.padding - (axis.kernel - 1) * axis.dilation, axis.dilation};
}

__device__ float valueAt(const float* row, bool inside, int column, int across) {
  return inside && column >= 0 && column < across ? row[column] : 0.0f;
}

// tap(r, k, value) for what the windows of rows `row` + r, r < kRows, see of a plane; 0 outside.
template <class Window, class Tap>
__device__ void eachTap(const float* plane, const Reach& y, const Reach& x, int row, int column,
                        Tap tap) {
  const int top = row * Window::kStride + y.first, left = column * Window::kStride + x.first;
  if constexpr (Window::kDense) {
    LIMBUS_UNROLL
    for (int j = 0; j < kRows + Window::kHigh - 1; ++j) {
      const bool inside = top + j >= 0 && top + j < y.size;
      const float* from = plane + (top + j) * x.size;
      LIMBUS_UNROLL
      for (int kx = 0; kx < Window::kAcross; ++kx) {
        const float value = valueAt(from, inside, left + kx * x.dilation, x.size);
        LIMBUS_UNROLL
        for (int ky = 0; ky < Window::kHigh; ++ky) {
          if (j >= ky && j - ky < kRows) tap(j - ky, ky * Window::kAcross + kx, value);
        }
      }
    }
  } else {
    LIMBUS_UNROLL
    for (int r = 0; r < kRows; ++r) {
      LIMBUS_UNROLL
      for (int ky = 0; ky < Window::kHigh; ++ky) {
        const int at = top + r * Window::kStride + ky * y.dilation;
        const bool inside = at >= 0 && at < y.size;
        const float* from = plane + at * x.size;
        LIMBUS_UNROLL
        for (int kx = 0; kx < Window::kAcross; ++kx) {
          tap(r, ky * Window::kAcross + kx, valueAt(from, inside, left + kx * x.dilation, x.size));
        }
      }
    }
  }
}

// The same for the outputs that rows of inputs meet by strides of more than 1: few of them. All
// threads of a block leave out the same rows.
template <class Window, class Tap>
__device__ void eachMeeting(const float* plane, const Axis& y, const Axis& x, int row, int column,
                            Tap tap) {
  LIMBUS_UNROLL
  for (int r = 0; r < kRows; ++r) {
    LIMBUS_UNROLL
    for (int ky = 0; ky < Window::kHigh; ++ky) {
      const int down = row + r + y.padding - ky * y.dilation, oy = down / Window::kStride;
      if (down < 0 || down % Window::kStride != 0 || oy >= y.out) continue;
      const float* from = plane + oy * x.out;
      LIMBUS_UNROLL
      for (int kx = 0; kx < Window::kAcross; ++kx) {
        const int along = column + x.padding - kx * x.dilation, ox = along / Window::kStride;
        tap(r, ky * Window::kAcross + kx,
            valueAt(from, along >= 0 && along % Window::kStride == 0, ox, x.out));
      }
    }
  }
}

// work(row, column) for all units of this block's part of a plane of height x width.
template <class Work>
__device__ void eachUnit(const Parts& by, int height, int width, Work work) {
  const int units = groupsOf(height) * width;
  const int begin = static_cast<int>(blockIdx.y) % by.parts * by.unitsEach;
  const int end = begin + by.unitsEach < units ? begin + by.unitsEach : units;
  const int down = kThreads / width, along = kThreads % width;
  int i = begin + static_cast<int>(threadIdx.x);
  int group = i / width, column = i % width;
  for (; i < end; i += kThreads) {
    work(group * kRows, column);
    group += down;
    column += along;
    if (column < width) continue;
    column -= width;
    ++group;
  }
}

__device__ long long planeOf(const Planes& planes, const Parts& by) {
  return static_cast<long long>(static_cast<int>(blockIdx.y) / by.parts) * planes.channels +
         blockIdx.x;
}

template <int kTaps>
struct Kernel {
  float at[kTaps];
  __device__ explicit Kernel(const float* weights) {
    for (int k = 0; k < kTaps; ++k) at[k] = weights[blockIdx.x * kTaps + k];
  }
};

template <class Window>
__global__ void outputs(const float* __restrict__ image, const float* __restrict__ weights,
                        float* __restrict__ out, Planes planes, Parts by) {
  const long long plane = planeOf(planes, by);
  const float* from = image + plane * planes.y.in * planes.x.in;
  float* to = out + plane * planes.y.out * planes.x.out;
  const Kernel<Window::kTaps> kernel(weights);
  const Reach y = forwardReach(planes.y), x = forwardReach(planes.x);
  eachUnit(by, planes.y.out, planes.x.out, [&](int row, int column) {
    float sums[kRows] = {};
    eachTap<Window>(from, y, x, row, column,
                    [&](int r, int k, float value) { sums[r] += kernel.at[k] * value; });
    LIMBUS_UNROLL
    for (int r = 0; r < kRows; ++r) {
      if (row + r < planes.y.out) to[(row + r) * planes.x.out + column] = sums[r];
    }
  });
}

// sums: [C][blocks][kTaps]
template <class Window>
__global__ void gradients(const float* __restrict__ image, const float* __restrict__ weights,
                          const float* __restrict__ gradient, float* __restrict__ ofImage,
                          float* sums, Planes planes, Parts by) {
  constexpr int kTaps = Window::kTaps;
  const long long plane = planeOf(planes, by);
  const float* values = image + plane * planes.y.in * planes.x.in;
  const float* above = gradient + plane * planes.y.out * planes.x.out;
  float* to = ofImage + plane * planes.y.in * planes.x.in;
  const Kernel<kTaps> kernel(weights);
  const Reach y = backwardReach(planes.y), x = backwardReach(planes.x);
  float own[kTaps] = {};
  eachUnit(by, planes.y.in, planes.x.in, [&](int row, int column) {
    float in[kRows], of[kRows] = {};
    LIMBUS_UNROLL
    for (int r = 0; r < kRows; ++r) {
      in[r] = row + r < planes.y.in ? values[(row + r) * planes.x.in + column] : 0.0f;
    }
    const auto tap = [&](int r, int k, float value) {
      of[r] += kernel.at[k] * value;
      own[k] += in[r] * value;
    };
    if constexpr (Window::kStride == 1) {
      eachTap<Window>(above, y, x, row, column,
                      [&](int r, int k, float value) { tap(r, kTaps - 1 - k, value); });
    } else {
      eachMeeting<Window>(above, planes.y, planes.x, row, column, tap);
    }
    LIMBUS_UNROLL
    for (int r = 0; r < kRows; ++r) {
      if (row + r < planes.y.in) to[(row + r) * planes.x.in + column] = of[r];
    }
  });
  storeSums(own, sums + (static_cast<long long>(blockIdx.x) * gridDim.y + blockIdx.y) * kTaps);
}

}  // namespace
}  // namespace limbus::depthwise_kernels
