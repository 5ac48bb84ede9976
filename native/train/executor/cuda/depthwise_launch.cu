#include "native/train/executor/cuda/cuda_side.cuh"
#include "native/train/executor/cuda/depthwise_kernels.cuh"
#include "native/train/executor/cuda/depthwise_launch.h"

namespace limbus::depthwise_kernels {
namespace {

// work(Window()) for the one of these axes; false if there is none.
template <class Work>
bool withWindow(const Axis& y, const Axis& x, Work work) {
  if (y.stride != x.stride) return false;
  const bool single = y.stride == 1, dense = single && y.dilation == 1;
  const auto is = [&](int high, int across) { return y.kernel == high && x.kernel == across; };
  if (is(3, 1) && single) {
    dense ? work(Window<3, 1, 1, true>()) : work(Window<3, 1, 1, false>());
  } else if (is(1, 3) && single) {
    work(Window<1, 3, 1, true>());
  } else if (is(3, 3) && single) {
    dense ? work(Window<3, 3, 1, true>()) : work(Window<3, 3, 1, false>());
  } else if (is(3, 3) && y.stride == 2) {
    work(Window<3, 3, 2, false>());
  } else if (is(5, 5) && dense) {
    work(Window<5, 5, 1, true>());
  } else if (is(5, 5) && y.stride == 2) {
    work(Window<5, 5, 2, false>());
  } else {
    return false;
  }
  return true;
}

// Enough blocks for a GPU to be full, and no more: each sums up for itself.
Parts partsOf(const Planes& planes, int height, int width) {
  constexpr int kBlocks = 2048;
  const int units = groupsOf(height) * width, chunks = (units + kThreads - 1) / kThreads;
  const long long ofPlanes = 1LL * planes.images * planes.channels;
  const int wanted = static_cast<int>(kBlocks / ofPlanes) + 1;
  const int each = (chunks + wanted - 1) / wanted;
  return {(chunks + each - 1) / each, each * kThreads};
}

dim3 gridOf(const Planes& planes, const Parts& by) {
  return dim3(static_cast<unsigned>(planes.channels),
              static_cast<unsigned>(planes.images * by.parts));
}

}  // namespace

bool isKnown(const Axis& y, const Axis& x) {
  return withWindow(y, x, [](auto) {});
}

bool areThere() { return isThere(outputs<Window<3, 3, 1, true>>); }

Grids gridsOf(const Planes& planes) {
  return {partsOf(planes, planes.y.out, planes.x.out), partsOf(planes, planes.y.in, planes.x.in)};
}

const char* forward(const float* image, const float* weights, float* out, const Planes& planes,
                    const Parts& by, void* stream) {
  withWindow(planes.y, planes.x, [&](auto window) {
    outputs<decltype(window)>
        <<<gridOf(planes, by), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(image, weights,
                                                                                 out, planes, by);
  });
  return refusal();
}

const char* backward(const float* image, const float* weights, const float* gradient,
                     float* ofImage, float* ofWeights, float* sums, const Planes& planes,
                     const Parts& by, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  withWindow(planes.y, planes.x, [&](auto window) {
    using Window = decltype(window);
    const dim3 grid = gridOf(planes, by);
    gradients<Window>
        <<<grid, kThreads, 0, on>>>(image, weights, gradient, ofImage, sums, planes, by);
    sumBlocks<Window::kTaps>
        <<<grid.x, kThreads, 0, on>>>(sums, ofWeights, static_cast<int>(grid.y));
  });
  return refusal();
}

}  // namespace limbus::depthwise_kernels
