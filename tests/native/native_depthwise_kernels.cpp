// The kernels of depthwise convolutions on CUDA, on a CPU beside LibTorch's.
#include <torch/torch.h>

#include <catch2/catch_test_macros.hpp>

#include "kernels_on_cpu.h"
#include "native/train/executor/cuda/depthwise_kernels.cuh"

using namespace limbus::depthwise_kernels;

namespace {

double difference(const torch::Tensor& expected, const torch::Tensor& got) {
  return ((expected - got).abs().max() / expected.abs().max().clamp_min(1e-3)).item<double>();
}

struct Outcome {
  torch::Tensor out, ofImage, ofWeights;
};

struct Input {
  torch::Tensor image, weights, gradient;

  explicit Input(const Planes& of) {
    torch::manual_seed(3);
    image = torch::randn({of.images, of.channels, of.y.in, of.x.in});
    weights = torch::randn({of.channels, 1, of.y.kernel, of.x.kernel});
    gradient = torch::randn({of.images, of.channels, of.y.out, of.x.out});
  }
};

Outcome libTorchs(const Planes& of, Input in) {
  in.image.set_requires_grad(true);
  in.weights.set_requires_grad(true);
  const torch::Tensor out =
      torch::conv2d(in.image, in.weights, {}, {of.y.stride, of.x.stride},
                    {of.y.padding, of.x.padding}, {of.y.dilation, of.x.dilation}, of.channels);
  out.backward(in.gradient);
  return {out.detach(), in.image.grad(), in.weights.grad()};
}

Parts partsOf(int height, int width, int unitsEach) {
  const int units = groupsOf(height) * width;
  return {(units + unitsEach - 1) / unitsEach, unitsEach};
}

template <class Window>
Outcome kernels(const Planes& of, const Input& in, int unitsEach) {
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  const auto grid = [&](const Parts& by) {
    return Place{static_cast<unsigned>(of.channels), static_cast<unsigned>(of.images * by.parts)};
  };
  const Parts forward = partsOf(of.y.out, of.x.out, unitsEach),
              backward = partsOf(of.y.in, of.x.in, unitsEach);
  const float unwritten = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor out = torch::full_like(in.gradient, unwritten),
                      ofImage = torch::full_like(in.image, unwritten),
                      sums = torch::full({of.channels, of.images * backward.parts, Window::kTaps},
                                         unwritten);
  launch(grid(forward), kThreads,
         [&] { outputs<Window>(floats(in.image), floats(in.weights), floats(out), of, forward); });
  launch(grid(backward), kThreads, [&] {
    gradients<Window>(floats(in.image), floats(in.weights), floats(in.gradient), floats(ofImage),
                      floats(sums), of, backward);
  });
  const torch::Tensor ofWeights = torch::full_like(in.weights, unwritten);
  launch(Place{static_cast<unsigned>(of.channels), 1}, kThreads, [&] {
    sumBlocks<Window::kTaps>(floats(sums), floats(ofWeights), of.images * backward.parts);
  });
  return {out, ofImage, ofWeights};
}

Axis axis(int in, int kernel, int stride, int padding, int dilation) {
  return {in,      (in + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1,
          kernel,  stride,
          padding, dilation};
}

template <class Window>
void checkEqual(Axis y, Axis x, int unitsEach = 2 * kThreads) {
  const Planes of{2, 3, y, x};
  INFO(y.in << "x" << x.in << " by " << y.kernel << "x" << x.kernel << ", strides " << y.stride
            << ", padding " << y.padding << " and " << x.padding << ", dilation " << y.dilation
            << " and " << x.dilation);
  const Input in(of);
  const Outcome expected = libTorchs(of, in), got = kernels<Window>(of, in, unitsEach);
  CHECK(difference(expected.out, got.out) < 1e-5);
  CHECK(difference(expected.ofImage, got.ofImage) < 1e-5);
  CHECK(difference(expected.ofWeights, got.ofWeights) < 1e-4);
}

}  // namespace

TEST_CASE("depthwise kernels: convolutions as LibTorch's, forward and backward") {
  using Column = Window<3, 1, 1, true>;
  using SpreadColumn = Window<3, 1, 1, false>;
  using Row = Window<1, 3, 1, true>;
  using Square = Window<3, 3, 1, true>;
  using SpreadSquare = Window<3, 3, 1, false>;
  using HalvingSquare = Window<3, 3, 2, false>;
  using Wide = Window<5, 5, 1, true>;
  using HalvingWide = Window<5, 5, 2, false>;
  const Axis as23{23, 23, 1, 1, 0, 1}, as50{50, 50, 1, 1, 0, 1};

  checkEqual<Column>(axis(23, 3, 1, 1, 1), as50);
  checkEqual<SpreadColumn>(axis(23, 3, 1, 16, 16), as50);
  checkEqual<Row>(as23, axis(50, 3, 1, 1, 1));
  checkEqual<Row>(as23, axis(50, 3, 1, 7, 7));
  for (const int padding : {0, 1, 2}) {
    checkEqual<Square>(axis(21, 3, 1, padding, 1), axis(31, 3, 1, padding, 1));
    checkEqual<HalvingSquare>(axis(21, 3, 2, padding, 1), axis(30, 3, 2, padding, 1));
    checkEqual<HalvingSquare>(axis(20, 3, 2, padding, 1), axis(31, 3, 2, padding, 1));
  }
  checkEqual<Square>(axis(9, 3, 1, 1, 1), axis(31, 3, 1, 4, 4));
  checkEqual<SpreadSquare>(axis(21, 3, 1, 2, 2), axis(17, 3, 1, 2, 2));
  checkEqual<HalvingSquare>(axis(21, 3, 2, 2, 2), axis(17, 3, 2, 2, 2));
  checkEqual<Wide>(axis(11, 5, 1, 2, 1), axis(13, 5, 1, 2, 1));
  checkEqual<HalvingWide>(axis(11, 5, 2, 2, 1), axis(14, 5, 2, 2, 1));
  // Narrower than a block's threads reach, one pixel, and more units than one pass of a block.
  checkEqual<Square>(axis(1, 3, 1, 1, 1), axis(1, 3, 1, 1, 1));
  checkEqual<Column>(axis(70, 3, 1, 1, 1), {1, 1, 1, 1, 0, 1});
  checkEqual<Square>(axis(40, 3, 1, 1, 1), axis(300, 3, 1, 1, 1), kThreads);
  checkEqual<Square>(axis(40, 3, 1, 1, 1), axis(130, 3, 1, 1, 1), 8 * kThreads);
}
