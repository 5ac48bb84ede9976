// The kernels of bilinear resizing on CUDA, on a CPU beside LibTorch's.
#include <torch/torch.h>

#include <catch2/catch_test_macros.hpp>
#include <utility>
#include <vector>

#include "kernels_on_cpu.h"
#include "native/train/executor/cuda/resize_kernels.cuh"

using namespace limbus::resize_kernels;

namespace {

double apart(const torch::Tensor& expected, const torch::Tensor& got) {
  return ((expected - got).abs().max() / expected.abs().max().clamp_min(1e-3)).item<double>();
}

// In doubles, as LibTorch's floats round the places of outputs.
struct Expected {
  torch::Tensor out, ofIn;
};

Expected libTorchs(const torch::Tensor& in, const torch::Tensor& ofOut, bool alignCorners) {
  const torch::Tensor x = in.to(torch::kFloat64).requires_grad_();
  const torch::Tensor out =
      torch::upsample_bilinear2d(x, {ofOut.size(2), ofOut.size(3)}, alignCorners);
  out.backward(ofOut.to(torch::kFloat64));
  return {out.detach(), x.grad()};
}

// `out` and `ofIn` begin as what is no number: all of them are written.
template <int kWide>
void checkKernels(const torch::Tensor& in, const torch::Tensor& ofOut, bool alignCorners,
                  const Expected& expected) {
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  const auto side = [](const torch::Tensor& tensor, int axis) {
    return static_cast<int>(tensor.size(axis));
  };
  const Axes axes = {axisOf(side(in, 2), side(ofOut, 2), alignCorners),
                     axisOf(side(in, 3), side(ofOut, 3), alignCorners)};
  const int planes = side(in, 0) * side(in, 1);
  const auto blocks = [&](const Parts& by) {
    return on_cpu::Place{static_cast<unsigned>(planes * by.parts), 1};
  };
  const torch::Tensor out = torch::full_like(ofOut, NAN), ofIn = torch::full_like(in, NAN);
  if (axes.x.from % kWide == 0) {
    const Parts by = partsOf(planes, axes.y.to, axes.x.from);
    launch(blocks(by), kThreads, [&] { interpolate<kWide>(floats(in), floats(out), axes, by); });
    CHECK(apart(expected.out, out) < 1e-5);
  }
  if (axes.x.to % kWide == 0) {
    const Parts by = partsOf(planes, axes.y.from, axes.x.to);
    launch(blocks(by), kThreads, [&] { gather<kWide>(floats(ofOut), floats(ofIn), axes, by); });
    CHECK(apart(expected.ofIn, ofIn) < 1e-5);
  }
}

void check(const std::vector<std::int64_t>& from, std::int64_t height, std::int64_t width) {
  for (const bool alignCorners : {false, true}) {
    INFO(from[0] << " images, " << from[2] << "x" << from[3] << " to " << height << "x" << width
                 << ", aligned corners " << alignCorners);
    torch::manual_seed(3);
    const torch::Tensor in = torch::randn(from);
    const torch::Tensor ofOut = torch::randn({from[0], from[1], height, width});
    const Expected expected = libTorchs(in, ofOut, alignCorners);
    checkKernels<1>(in, ofOut, alignCorners, expected);
    checkKernels<4>(in, ofOut, alignCorners, expected);
  }
}

}  // namespace

TEST_CASE("resize kernels: bilinear resizing as LibTorch's, forward and backward") {
  check({2, 3, 10, 8}, 20, 16);
  check({2, 3, 10, 8}, 80, 64);
  check({1, 2, 20, 31}, 7, 300);  // more columns than threads
  check({1, 1, 3, 300}, 5, 40);
  check({40, 1, 60, 3}, 120, 6);  // blocks of several rows, the last one of fewer
  check({1, 1, 2, 4096}, 3, 1);   // as wide as there is room for
  check({1, 1, 1, 1}, 2, 4096);
}

TEST_CASE("resize kernels: an input gathers from exactly the outputs that took from it") {
  const std::vector<int> sides = {1, 2, 3, 4, 5, 7, 8, 16, 31, 33};
  for (const int from : sides) {
    for (const int to : sides) check({1, 1, from, to}, to, from);
  }
}

TEST_CASE("resize kernels: an output that took nothing from an input gives it nothing") {
  // Infinite times a share of 0 would be no number.
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{{5, 10}, {7, 21}, {9, 4}}) {
    for (const bool alignCorners : {false, true}) {
      INFO(from << " to " << to << ", aligned corners " << alignCorners);
      const Axis axis = axisOf(from, to, alignCorners);
      for (int i = 0; i < from; ++i) {
        const Reach reach = reachOf(axis, i);
        for (int o = 0; o < to; ++o) {
          const auto place = placeOf(axis, o);
          const bool takes = place.whole == i || (place.next == i && place.share > 0);
          CHECK(takes == (o >= reach.begin && o < reach.end));
        }
      }
    }
  }
}
