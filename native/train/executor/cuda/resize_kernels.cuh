// Bilinear resizing of planes and its gradient, each in one pass: along y into shared memory, whole
// rows that are read side by side, and from there along x.
//
// Grid: blockIdx.x counts the parts of all planes. Where outputs lie is counted in whole numbers,
// so that an input knows exactly which of them took from it: it gathers their gradients in their
// order, the same bits in every run.
//
// Plain CUDA C++ without CUDA's headers, so that a test runs it on a CPU
// (native_resize_kernels.cpp).
#pragma once

#include "native/train/executor/cuda/blocks.cuh"
#include "native/train/executor/cuda/resize_launch.h"

namespace limbus::resize_kernels {
using namespace cuda_blocks;
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

// Between inputs `whole` and `next`.
struct Place {
  int whole, next;
  float share;  // of the latter
};

__device__ Place placeOf(const Axis& axis, int output) {
  const int last = axis.from - 1;
  const int at = axis.step * output + axis.offset;
  const int inside = at < 0 ? 0 : at > last * axis.unit ? last * axis.unit : at;
  const int whole = inside / axis.unit;
  return {whole, whole < last ? whole + 1 : last,
          static_cast<float>(inside - whole * axis.unit) / static_cast<float>(axis.unit)};
}

// The outputs that take from an input, and how far they lie from it, in parts of the axis' unit.
struct Reach {
  int begin, end;
  float apart;        // the first, each other one a step behind the one before
  float least, most;  // 0 where all that lies beyond the border takes from this input
};

__device__ Reach reachOf(const Axis& axis, int input) {
  const bool isFirst = input == 0, isLast = input == axis.from - 1;
  const int below = (input - 1) * axis.unit - axis.offset;  // outputs' steps lie above it,
  const int above = (input + 1) * axis.unit - axis.offset;  // and below this
  const int begin = isFirst || below < 0 ? 0 : below / axis.step + 1;
  const int end = isLast ? axis.to : above <= 0 ? 0 : (above - 1) / axis.step + 1;
  const float unit = static_cast<float>(axis.unit);
  return {begin, end < axis.to ? end : axis.to,
          static_cast<float>(axis.step * begin + axis.offset - input * axis.unit),
          isFirst ? 0 : -unit, isLast ? 0 : unit};
}

// What an input gets of outputs' gradients; at(o) are those of output o.
template <int kWide, class At>
__device__ Values<kWide> gathered(const Axis& axis, const Reach& reach, At at) {
  const float step = static_cast<float>(axis.step), inverse = 1 / static_cast<float>(axis.unit);
  float apart = reach.apart;
  Values<kWide> sum = {};
  for (int o = reach.begin; o < reach.end; ++o) {
    const float weight = 1 - fabsf(fminf(fmaxf(apart, reach.least), reach.most)) * inverse;
    const Values<kWide> one = at(o);
    for (int k = 0; k < kWide; ++k) sum.at[k] += weight * one.at[k];
    apart += step;
  }
  return sum;
}

// work(column, row, apart) for each column: a thread keeps to one, in which it takes `row` and
// those that lie `apart` behind it.
template <class Work>
__device__ void forEachColumn(int columns, Work work) {
  const int across = columns < kThreads ? columns : kThreads, apart = kThreads / across;
  const int row = static_cast<int>(threadIdx.x) / across;
  if (row >= apart) return;
  for (int c = static_cast<int>(threadIdx.x) % across; c < columns; c += across) {
    work(c, row, apart);
  }
}

// The rows that this block writes, of its plane of `height`.
struct Rows {
  long long plane;
  int first, count;
};

__device__ Rows rowsOf(const Parts& by, int height) {
  const int plane = static_cast<int>(blockIdx.x) / by.parts;
  const int first = static_cast<int>(blockIdx.x) % by.parts * by.rows;
  return {plane, first, first + by.rows < height ? by.rows : height - first};
}

template <int kWide>
__global__ void interpolate(const float* in, float* out, Axes axes, Parts by) {
  __shared__ Values<4> room[kRoom / 4];  // aligned for all of them
  __shared__ Place places[kMostRows];
  const Axis &y = axes.y, &x = axes.x;
  const Rows rows = rowsOf(by, y.to);
  float* const between = reinterpret_cast<float*>(room);  // [rows, x.from]
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < rows.count) places[thread] = placeOf(y, rows.first + thread);
  __syncthreads();
  in += rows.plane * y.from * x.from;
  forEachColumn(x.from / kWide, [&](int c, int row, int apart) {
    for (int r = row; r < rows.count; r += apart) {
      const Place place = places[r];
      Values<kWide> value = load<kWide>(in + place.whole * x.from + c * kWide);
      const Values<kWide> next = load<kWide>(in + place.next * x.from + c * kWide);
      for (int k = 0; k < kWide; ++k) {
        value.at[k] = (1 - place.share) * value.at[k] + place.share * next.at[k];
      }
      *reinterpret_cast<Values<kWide>*>(between + r * x.from + c * kWide) = value;
    }
  });
  __syncthreads();
  out += (rows.plane * y.to + rows.first) * x.to;
  forEachColumn(x.to, [&](int c, int row, int apart) {
    const Place place = placeOf(x, c);
    for (int r = row; r < rows.count; r += apart) {
      const float* from = between + r * x.from;
      out[r * x.to + c] = (1 - place.share) * from[place.whole] + place.share * from[place.next];
    }
  });
}

template <int kWide>
__global__ void gather(const float* ofOut, float* ofIn, Axes axes, Parts by) {
  __shared__ Values<4> room[kRoom / 4];  // aligned for all of them
  __shared__ Reach reaches[kMostRows];
  const Axis &y = axes.y, &x = axes.x;
  const Rows rows = rowsOf(by, y.from);
  float* const between = reinterpret_cast<float*>(room);  // [rows, x.to]
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < rows.count) reaches[thread] = reachOf(y, rows.first + thread);
  __syncthreads();
  ofOut += rows.plane * y.to * x.to;
  forEachColumn(x.to / kWide, [&](int c, int row, int apart) {
    for (int r = row; r < rows.count; r += apart) {
      *reinterpret_cast<Values<kWide>*>(between + r * x.to + c * kWide) = gathered<kWide>(
          y, reaches[r], [&](int o) { return load<kWide>(ofOut + o * x.to + c * kWide); });
    }
  });
  __syncthreads();
  ofIn += (rows.plane * y.from + rows.first) * x.from;
  forEachColumn(x.from, [&](int c, int row, int apart) {
    const Reach reach = reachOf(x, c);
    for (int r = row; r < rows.count; r += apart) {
      const float* from = between + r * x.to;
      ofIn[r * x.from + c] = gathered<1>(x, reach, [&](int o) { return load<1>(from + o); }).at[0];
    }
  });
}

}  // namespace
}  // namespace limbus::resize_kernels
