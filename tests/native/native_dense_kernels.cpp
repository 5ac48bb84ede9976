// The kernels of convolutions of 3x3 with all channels on CUDA, on a CPU beside LibTorch's.
#include <torch/torch.h>

#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "kernels_on_cpu.h"
#include "native/train/executor/cuda/dense_kernels.cuh"

using namespace limbus::dense_kernels;

namespace {

template <int kWide>
torch::Tensor byKernels(const torch::Tensor& image, const torch::Tensor& gradient,
                        const Parts& by) {
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  const auto blocks = static_cast<unsigned>(by.images * by.parts);
  const auto chunks = static_cast<unsigned>(by.chunks);
  const int products = kSide * kSide * by.across * by.down;
  const float never = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor sums = torch::full({std::int64_t{1} * chunks * blocks * products}, never);
  torch::Tensor to = torch::full({by.out, by.in, 3, 3}, never);
  launch({blocks, chunks}, kThreadsOfBlock,
         [&] { sumProducts<kWide>(floats(image), floats(gradient), floats(sums), by); });
  launch({static_cast<unsigned>(products / kColumns), chunks}, kThreads,
         [&] { putTogether(floats(sums), floats(to), by); });
  return to;
}

}  // namespace

TEST_CASE("dense kernels: the gradient by the weights is LibTorch's") {
  struct Case {
    int images, in, out, blocks;
    std::vector<std::int64_t> size, stride, padding, dilation;
  };
  const std::vector<Case> cases = {
      {2, 16, 16, 6, {13, 20}, {1, 1}, {1, 1}, {1, 1}},  // parts of several tiles
      {1, 32, 32, 8, {12, 20}, {1, 1}, {4, 4}, {4, 4}},  // two chunks of the image's channels
      {2, 17, 33, 20, {9, 16}, {1, 1}, {2, 2}, {2, 2}},  // chunks that are not full, on both sides
      {2, 35, 70, 9, {6, 8}, {1, 1}, {1, 1}, {1, 1}},    // three chunks, the last ones smaller
      {1, 1, 16, 3, {62, 64}, {2, 2}, {1, 1}, {1, 1}},   // a stem: tiles of as many quads as can be
      {1, 1, 1, 4, {60, 64}, {1, 1}, {1, 1}, {1, 1}},    // three squares
      {3, 3, 13, 40, {21, 29}, {2, 2}, {1, 1}, {1, 1}},  // rows that are no whole quads
      {2, 4, 5, 300, {11, 9}, {2, 1}, {0, 2}, {1, 3}},   // each axis in its own way
      {40, 2, 3, 5, {3, 3}, {1, 1}, {0, 0}, {1, 1}},     // one output each
      {2, 5, 6, 4, {1, 40}, {1, 1}, {1, 1}, {1, 1}},     // one row
      {2, 5, 6, 4, {40, 1}, {1, 1}, {1, 1}, {1, 1}},     // one column
      {1, 6, 4, 4, {7, 8}, {1, 1}, {16, 16}, {16, 16}},  // most taps see nothing
  };
  torch::manual_seed(4);
  for (const auto& [images, in, out, blocks, size, stride, padding, dilation] : cases) {
    INFO(images << "x" << in << " to " << out << ", " << size << " by " << stride << padding
                << dilation);
    const torch::Tensor image = torch::randn({images, in, size[0], size[1]});
    const torch::Tensor weights =
        torch::zeros({out, in, 3, 3}, torch::kFloat64).set_requires_grad(true);
    const torch::Tensor result =
        torch::conv2d(image.to(torch::kFloat64), weights, {}, stride, padding, dilation);
    const torch::Tensor gradient = torch::randn(result.sizes());
    const torch::Tensor expected =
        torch::autograd::grad({result}, {weights}, {gradient.to(torch::kFloat64)})[0];
    const auto axis = [&](std::size_t i) {
      const auto number = [](std::int64_t value) { return static_cast<int>(value); };
      return Axis{number(size[i]), number(result.size(static_cast<std::int64_t>(i) + 2)),
                  number(stride[i]), number(padding[i]), number(dilation[i])};
    };
    const Parts by = dealtOut(images, in, out, axis(0), axis(1), blocks);
    const int quads = by.y.out * by.quadsAcross;
    CHECK(by.across * by.down <= kThreadsOfBlock);
    CHECK(kSide * (by.across + by.down) * (by.quadsOfTile | 1) <= kRoom);
    CHECK(4 * by.quadsOfTile <= kThreadsOfBlock);
    CHECK((by.parts - 1) * by.quadsOfPart < quads);
    CHECK(by.parts * by.quadsOfPart >= quads);
    const auto check = [&](const torch::Tensor& got) {
      const double apart = (expected - got).abs().max().item<double>();
      CHECK(apart < 1e-6 * expected.abs().max().item<double>() + 1e-6);
    };
    check(byKernels<1>(image, gradient, by));
    if (by.x.out % 4 == 0) check(byKernels<4>(image, gradient, by));
  }
}
