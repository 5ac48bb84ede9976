// Batch norm in training (Ioffe and Szegedy, 2015) and the activation behind it, in two passes
// forward and two backward over the image, [N,C,H,W] floats.
//
// Grid: blockIdx.x is the channel; blockIdx.y counts the parts of its planes, image by image. What
// the blocks of a channel sum up is put together by each block of the next kernel, in one order:
// the same bits in every run.
//
// Plain CUDA C++ without CUDA's headers, so that a test runs it on a CPU (native_norm_kernels.cpp).
#pragma once

#include "native/train/executor/cuda/blocks.cuh"
#include "native/train/executor/cuda/norm_launch.h"

namespace limbus::norm_kernels {
using namespace cuda_blocks;
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

constexpr int kLanes = 32;  // threads that put partial sums together

// y = factor * (x - middle) + offset, where x - middle is exact also far from 0.
struct Line {
  float middle, factor, offset, slope;
  __device__ float normed(float x) const { return factor * (x - middle) + offset; }
  __device__ float activated(float y) const { return y > 0 ? y : slope * y; }
  __device__ float gradient(float y, float dz) const { return y > 0 ? dz : slope * dz; }  // of y
};

// work(i) for each place of this block's part where `kWide` values begin, counted from the first of
// the image.
template <int kWide, class Work>
__device__ void forEach(const Parts& by, Work work) {
  const int image = static_cast<int>(blockIdx.y) / by.parts;
  const int part = static_cast<int>(blockIdx.y) % by.parts;
  const long long plane = (static_cast<long long>(image) * by.channels + blockIdx.x) * by.pixels;
  const int begin = part * by.pixelsEach;
  const int end = begin + by.pixelsEach < by.pixels ? begin + by.pixelsEach : by.pixels;
  for (int i = begin + kWide * static_cast<int>(threadIdx.x); i < end; i += kWide * kThreads) {
    work(plane + i);
  }
}

// A channel's sums of all blocks lie behind each other: [C][blocks][kSums].
template <int kSums>
__device__ float* sumsOf(float* sums, int block) {
  return sums + (static_cast<long long>(blockIdx.x) * gridDim.y + block) * kSums;
}

// The threads' sums, to those of this block.
template <int kSums>
__device__ void store(const float (&own)[kSums], float* sums) {
  storeSums(own, sumsOf<kSums>(sums, static_cast<int>(blockIdx.y)));
}

// Those of all blocks of the channel, for every thread.
template <int kSums>
__device__ void total(float* sums, double (&result)[kSums]) {
  __shared__ double all[kSums][kLanes];
  const int thread = static_cast<int>(threadIdx.x);
  if (thread < kLanes) {
    double own[kSums] = {};
    for (int block = thread; block < static_cast<int>(gridDim.y); block += kLanes) {
      for (int s = 0; s < kSums; ++s) own[s] += sumsOf<kSums>(sums, block)[s];
    }
    for (int s = 0; s < kSums; ++s) all[s][thread] = own[s];
  }
  for (int half = kLanes / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread >= half) continue;
    for (int s = 0; s < kSums; ++s) all[s][thread] += all[s][thread + half];
  }
  __syncthreads();
  for (int s = 0; s < kSums; ++s) result[s] = all[s][0];
}

__device__ bool isFirst() { return threadIdx.x == 0 && blockIdx.y == 0; }

__device__ double valuesIn(const Parts& by) { return static_cast<double>(by.images) * by.pixels; }

// Sums are of differences from a value of the channel: a variance that is small beside the mean
// loses no digits.
__device__ float middleOf(const float* in, const Parts& by) {
  return in[static_cast<long long>(blockIdx.x) * by.pixels + by.pixels / 2];
}

__device__ Line lineOf(const Norm& norm, const Activation& activation, float middle, float apart,
                       float inverse) {
  const float factor = norm.scale[blockIdx.x] * inverse;
  return {middle, factor, norm.shift[blockIdx.x] - apart * factor,
          activation.slopes != nullptr ? activation.slopes[blockIdx.x] : activation.slope};
}

// sums: [C][blocks][2].
template <int kWide>
__global__ void sumValues(const float* in, float* sums, Parts by) {
  const float middle = middleOf(in, by);
  float own[2] = {};
  forEach<kWide>(by, [&](long long i) {
    const Values<kWide> x = load<kWide>(in + i);
    for (int k = 0; k < kWide; ++k) {
      const float difference = x.at[k] - middle;
      own[0] += difference;
      own[1] += difference * difference;
    }
  });
  store(own, sums);
}

template <int kWide>
__global__ void normalise(const float* in, float* sums, Norm norm, Activation activation,
                          float* out, Parts by) {
  double all[2];
  total(sums, all);
  const double count = valuesIn(by);
  const double apart = all[0] / count;
  const double variance = all[1] / count - apart * apart;
  const float middle = middleOf(in, by);
  const double inverse = rsqrt((variance > 0 ? variance : 0) + norm.eps);
  if (isFirst()) {
    const int c = static_cast<int>(blockIdx.x);
    norm.apart[c] = static_cast<float>(apart);
    norm.inverse[c] = static_cast<float>(inverse);
    const double unbiased = variance * count / (count > 1 ? count - 1 : 1);
    norm.runningMean[c] += norm.momentum * static_cast<float>(middle + apart - norm.runningMean[c]);
    norm.runningVariance[c] +=
        norm.momentum * static_cast<float>(unbiased - norm.runningVariance[c]);
  }
  const Line line =
      lineOf(norm, activation, middle, static_cast<float>(apart), static_cast<float>(inverse));
  forEach<kWide>(by, [&](long long i) {
    Values<kWide> x = load<kWide>(in + i);
    for (int k = 0; k < kWide; ++k) x.at[k] = line.activated(line.normed(x.at[k]));
    *reinterpret_cast<Values<kWide>*>(out + i) = x;
  });
}

// sums: [C][blocks][3]: of the gradient of y, of the same times the normalised value, of that of
// the slope.
template <int kWide>
__global__ void sumGradients(const float* in, const float* gradient, Norm norm,
                             Activation activation, float* sums, Parts by) {
  const float middle = middleOf(in, by), apart = norm.apart[blockIdx.x],
              inverse = norm.inverse[blockIdx.x];
  const Line line = lineOf(norm, activation, middle, apart, inverse);
  float own[3] = {};
  forEach<kWide>(by, [&](long long i) {
    const Values<kWide> x = load<kWide>(in + i), dz = load<kWide>(gradient + i);
    for (int k = 0; k < kWide; ++k) {
      const float y = line.normed(x.at[k]);
      const float dy = line.gradient(y, dz.at[k]);
      own[0] += dy;
      own[1] += dy * (x.at[k] - middle - apart) * inverse;
      own[2] += y > 0 ? 0.0f : dz.at[k] * y;
    }
  });
  store(own, sums);
}

template <int kWide>
__global__ void gradients(const float* in, const float* gradient, float* sums, Norm norm,
                          Activation activation, Gradients to, Parts by) {
  double all[3];
  total(sums, all);
  const int c = static_cast<int>(blockIdx.x);
  if (isFirst()) {
    to.shift[c] = static_cast<float>(all[0]);
    to.scale[c] = static_cast<float>(all[1]);
    if (to.slopes != nullptr) to.slopes[c] = static_cast<float>(all[2]);
  }
  const float middle = middleOf(in, by), apart = norm.apart[c], inverse = norm.inverse[c];
  const Line line = lineOf(norm, activation, middle, apart, inverse);
  const float meanGradient = static_cast<float>(all[0] / valuesIn(by));
  const float along = static_cast<float>(all[1] / valuesIn(by));
  forEach<kWide>(by, [&](long long i) {
    const Values<kWide> x = load<kWide>(in + i);
    Values<kWide> d = load<kWide>(gradient + i);
    for (int k = 0; k < kWide; ++k) {
      const float dy = line.gradient(line.normed(x.at[k]), d.at[k]);
      d.at[k] = line.factor * (dy - meanGradient - (x.at[k] - middle - apart) * inverse * along);
    }
    *reinterpret_cast<Values<kWide>*>(to.image + i) = d;
  });
}

}  // namespace
}  // namespace limbus::norm_kernels
