// Cross-entropy of each pixel and its gradient, in one pass each over the logits.
//
// Grid: blockIdx.x counts the parts of all images, as many of each; a thread has `kWide` pixels
// side by side.
//
// Plain CUDA C++ without CUDA's headers, so that a test runs it on a CPU
// (native_cross_entropy_kernels.cpp).
#pragma once

#include "native/train/executor/cuda/blocks.cuh"
#include "native/train/losses/cuda/cross_entropy_launch.h"

namespace limbus::cross_entropy_kernels {
using namespace cuda_blocks;
// Of each file that includes this one: what starts a kernel and the test's plain call share a name.
namespace {

constexpr int kNothing = -1, kNoClass = -2;  // beside the classes

// Read two at once: CUDA has no wider loads.
template <int kWide>
struct alignas(kWide > 1 ? 16 : 8) Labels {
  std::int64_t at[kWide];
};

template <int kWide>
struct Classes {
  int at[kWide];
};

template <int kWide>
__device__ Classes<kWide> classesOf(const Truth& truth, long long pixel, int classes) {
  const auto labels = *reinterpret_cast<const Labels<kWide>*>(truth.labels + pixel);
  Classes<kWide> all;
  for (int k = 0; k < kWide; ++k) {
    const std::int64_t label = labels.at[k];
    all.at[k] = label == truth.nothing          ? kNothing
                : label >= 0 && label < classes ? static_cast<int>(label)
                                                : kNoClass;
  }
  return all;
}

// Where this thread's pixels begin.
struct Begin {
  long long image;
  int pixel;  // of this image, or behind its last
};

template <int kWide>
__device__ Begin beginOf(const Shape& by) {
  const int parts = static_cast<int>(gridDim.x) / by.images, block = static_cast<int>(blockIdx.x);
  return {block / parts, (block % parts * kThreads + static_cast<int>(threadIdx.x)) * kWide};
}

template <int kWide>
__global__ void losses(const float* logits, Truth truth, float* loss, Shape by) {
  const Begin begin = beginOf<kWide>(by);
  if (begin.pixel >= by.pixels) return;
  const long long pixel = begin.image * by.pixels + begin.pixel;
  const Classes<kWide> classes = classesOf<kWide>(truth, pixel, by.classes);
  const float* from = logits + begin.image * by.classes * by.pixels + begin.pixel;
  Values<kWide> most = load<kWide>(from), ofTruth;
  Values<kWide> rest = {};  // the others' exp(logit - most)
  for (int k = 0; k < kWide; ++k) {
    ofTruth.at[k] = classes.at[k] == 0 ? most.at[k] : nanf("");
  }
  for (int c = 1; c < by.classes; ++c) {
    from += by.pixels;
    const Values<kWide> x = load<kWide>(from);
    for (int k = 0; k < kWide; ++k) {
      // Twice minus infinity are no number apart.
      const float e = expf(x.at[k] == most.at[k] ? 0 : -fabsf(x.at[k] - most.at[k]));
      const bool isMore = x.at[k] > most.at[k];
      rest.at[k] = isMore ? (rest.at[k] + 1) * e : rest.at[k] + e;
      if (isMore) most.at[k] = x.at[k];
      if (classes.at[k] == c) ofTruth.at[k] = x.at[k];
    }
  }
  for (int k = 0; k < kWide; ++k) {
    // In this order a loss near 0 keeps its digits.
    const float value = (most.at[k] - ofTruth.at[k]) + log1pf(rest.at[k]);
    most.at[k] = classes.at[k] == kNothing ? 0 : value;
  }
  *reinterpret_cast<Values<kWide>*>(loss + pixel) = most;
}

// The loss is known and with it, measured from the true class' logit, every class' probability.
template <int kWide>
__global__ void gradients(const float* __restrict__ logits, Truth truth, const float* loss,
                          const float* ofLoss, bool isOne, float* __restrict__ ofLogits, Shape by) {
  const Begin begin = beginOf<kWide>(by);
  if (begin.pixel >= by.pixels) return;
  const long long pixel = begin.image * by.pixels + begin.pixel;
  const Classes<kWide> classes = classesOf<kWide>(truth, pixel, by.classes);
  const long long first = begin.image * by.classes * by.pixels + begin.pixel;
  const Values<kWide> value = load<kWide>(loss + pixel);
  Values<kWide> above, ofTruth;
  if (!isOne) above = load<kWide>(ofLoss + pixel);
  for (int k = 0; k < kWide; ++k) {
    if (isOne) above.at[k] = *ofLoss;
    ofTruth.at[k] = classes.at[k] < 0
                        ? 0
                        : logits[first + k + static_cast<long long>(classes.at[k]) * by.pixels];
  }
  for (int c = 0; c < by.classes; ++c) {
    const long long at = first + static_cast<long long>(c) * by.pixels;
    Values<kWide> x = load<kWide>(logits + at);
    for (int k = 0; k < kWide; ++k) {
      const float p = expf((x.at[k] - ofTruth.at[k]) - value.at[k]);
      const float beyond = classes.at[k] == c ? p - 1 : p;
      x.at[k] = classes.at[k] == kNothing ? 0 : beyond * above.at[k];
    }
    *reinterpret_cast<Values<kWide>*>(ofLogits + at) = x;
  }
}

}  // namespace
}  // namespace limbus::cross_entropy_kernels
