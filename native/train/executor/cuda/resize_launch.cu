#include "native/train/executor/cuda/cuda_side.cuh"
#include "native/train/executor/cuda/resize_kernels.cuh"
#include "native/train/executor/cuda/resize_launch.h"

namespace limbus::resize_kernels {
namespace {

unsigned blocksOf(int planes, const Parts& by) {
  return static_cast<unsigned>(planes) * static_cast<unsigned>(by.parts);
}

}  // namespace

bool areThere() { return isThere(gather<1>); }

const char* forward(const float* in, float* out, const Axes& by, int planes, void* stream) {
  const Parts parts = partsOf(planes, by.y.to, by.x.from);
  const auto kernel = by.x.from % 4 == 0 && areFour(in) ? interpolate<4> : interpolate<1>;
  kernel<<<blocksOf(planes, parts), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(in, out, by,
                                                                                      parts);
  return refusal();
}

const char* backward(const float* ofOut, float* ofIn, const Axes& by, int planes, void* stream) {
  const Parts parts = partsOf(planes, by.y.from, by.x.to);
  const auto kernel = by.x.to % 4 == 0 && areFour(ofOut) ? gather<4> : gather<1>;
  kernel<<<blocksOf(planes, parts), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(ofOut, ofIn,
                                                                                      by, parts);
  return refusal();
}

}  // namespace limbus::resize_kernels
