// The kernels of convolutions with kernels of one value on CUDA, on a CPU beside LibTorch's.
#include <torch/torch.h>

#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "kernels_on_cpu.h"
#include "native/train/executor/cuda/pointwise_kernels.cuh"

using namespace limbus::pointwise_kernels;

namespace {

template <int kWide>
torch::Tensor byKernels(const torch::Tensor& image, const torch::Tensor& gradient,
                        const Parts& by) {
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  const auto blocks = static_cast<unsigned>(by.images * by.parts);
  const int products = kSide * kSide * by.across * by.down;
  const float never = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor sums = torch::full({static_cast<std::int64_t>(blocks) * products}, never);
  torch::Tensor to = torch::full({by.out, by.in}, never);
  launch({blocks, 1}, kThreads,
         [&] { sumProducts<kWide>(floats(image), floats(gradient), floats(sums), by); });
  launch({static_cast<unsigned>(products / kColumns), 1}, kThreads,
         [&] { putTogether(floats(sums), floats(to), by); });
  return to;
}

}  // namespace

TEST_CASE("pointwise kernels: the gradient by the weights is LibTorch's") {
  struct Case {
    int images, in, out, pixels, blocks;
  };
  const std::vector<Case> cases = {
      {2, 24, 24, 1600, 8},   // a part of several tiles, the last of them shorter
      {3, 5, 7, 420, 100},    // squares that are not full, more blocks than put sums together
      {1, 1, 1, 1028, 3},     // one product: a group of threads each
      {2, 64, 64, 260, 4},    // a square for every thread
      {2, 128, 32, 256, 40},  // a tile's most rows
      {1, 3, 150, 64, 5},     // a column of squares
      {40, 16, 4, 4, 5},      // a quad each
      {2, 9, 6, 35, 6},       // no whole quads
      {2, 12, 8, 1, 2},       // one pixel
      {1, 8, 13, 1027, 7},
  };
  torch::manual_seed(4);
  for (const auto& [images, in, out, pixels, blocks] : cases) {
    INFO(images << "x" << in << " to " << out << ", " << pixels << " pixels, " << blocks);
    const torch::Tensor image = torch::randn({images, in, pixels});
    const torch::Tensor gradient = torch::randn({images, out, pixels});
    const torch::Tensor expected =
        torch::einsum("nkp,ncp->kc", {gradient.to(torch::kFloat64), image.to(torch::kFloat64)});
    const Parts by = dealtOut(images, in, out, pixels, blocks);
    CHECK(kSide * (by.across + by.down) * (by.quadsOfTile | 1) <= kRoom);
    CHECK((by.parts - 1) * by.quadsOfPart * 4 < pixels);
    CHECK(by.parts * by.quadsOfPart * 4 >= pixels);
    const auto check = [&](const torch::Tensor& got) {
      const double apart = (expected - got).abs().max().item<double>();
      CHECK(apart < 1e-6 * expected.abs().max().item<double>() + 1e-6);
    };
    check(byKernels<1>(image, gradient, by));
    if (pixels % 4 == 0) check(byKernels<4>(image, gradient, by));
  }
}
