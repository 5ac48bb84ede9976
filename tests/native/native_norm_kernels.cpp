// The kernels of batch norms on CUDA, on a CPU beside LibTorch's.
#include <torch/torch.h>

#include <catch2/catch_test_macros.hpp>

#include "kernels_on_cpu.h"
#include "native/train/executor/cuda/norm_kernels.cuh"

using namespace limbus::norm_kernels;

namespace {

constexpr double kMomentum = 0.1, kEps = 1e-5;

double difference(const torch::Tensor& expected, const torch::Tensor& got) {
  return ((expected - got).abs().max() / expected.abs().max().clamp_min(1e-3)).item<double>();
}

struct Case {
  Parts by;
  int height;      // pixels / height wide
  bool slopes;     // PReLU's,
  double slope;    // or one for all
  double far = 0;  // the channels' means
};

struct Outcome {
  torch::Tensor out = {}, ofImage = {}, ofScale = {}, ofShift = {}, ofSlopes = {};
  torch::Tensor runningMean = {}, runningVariance = {};
};

struct Input {
  torch::Tensor image, scale, shift, slopes, gradient;

  explicit Input(const Case& of) {
    torch::manual_seed(3);
    const Parts& by = of.by;
    image = torch::randn({by.images, by.channels, of.height, by.pixels / of.height}) +
            of.far * torch::arange(1, by.channels + 1).view({1, by.channels, 1, 1});
    scale = torch::rand({by.channels}) + 0.5;
    shift = torch::randn({by.channels}) * 0.3;
    slopes = torch::rand({by.channels}) * 0.5;
    gradient = torch::randn_like(image);
  }
};

Outcome libTorchs(const Case& of, Input in) {
  const torch::TensorOptions exact(torch::kFloat64);
  Outcome all{.runningMean = torch::zeros({of.by.channels}, exact),
              .runningVariance = torch::ones({of.by.channels}, exact)};
  for (torch::Tensor* one : {&in.image, &in.scale, &in.shift, &in.slopes, &in.gradient}) {
    *one = one->to(exact);
  }
  for (torch::Tensor* one : {&in.image, &in.scale, &in.shift, &in.slopes}) {
    one->set_requires_grad(true);
  }
  const torch::Tensor normed = torch::batch_norm(in.image, in.scale, in.shift, all.runningMean,
                                                 all.runningVariance, true, kMomentum, kEps, false);
  all.out = of.slopes ? torch::prelu(normed, in.slopes) : torch::leaky_relu(normed, of.slope);
  all.out.backward(in.gradient);
  all.out = all.out.detach();
  all.ofImage = in.image.grad();
  all.ofScale = in.scale.grad();
  all.ofShift = in.shift.grad();
  if (of.slopes) all.ofSlopes = in.slopes.grad();
  return all;
}

template <int kWide>
Outcome kernels(const Case& of, Input in) {
  const Parts by = of.by;
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  Outcome all{.out = torch::empty_like(in.image),
              .ofImage = torch::empty_like(in.image),
              .ofScale = torch::empty({by.channels}),
              .ofShift = torch::empty({by.channels}),
              .runningMean = torch::zeros({by.channels}),
              .runningVariance = torch::ones({by.channels})};
  const torch::Tensor apart = torch::empty({by.channels}), inverse = torch::empty({by.channels});
  const torch::Tensor sums = torch::empty({by.channels * by.images * by.parts * kMostSums});
  const Norm norm = {floats(in.scale),
                     floats(in.shift),
                     floats(apart),
                     floats(inverse),
                     floats(all.runningMean),
                     floats(all.runningVariance),
                     static_cast<float>(kMomentum),
                     static_cast<float>(kEps)};
  const Activation activation = {of.slopes ? floats(in.slopes) : nullptr,
                                 static_cast<float>(of.slope)};
  if (of.slopes) all.ofSlopes = torch::empty({by.channels});
  const Gradients to = {floats(all.ofImage), floats(all.ofScale), floats(all.ofShift),
                        of.slopes ? floats(all.ofSlopes) : nullptr};
  const Place grid = {static_cast<unsigned>(by.channels),
                      static_cast<unsigned>(by.images * by.parts)};
  launch(grid, kThreads, [&] { sumValues<kWide>(floats(in.image), floats(sums), by); });
  launch(grid, kThreads, [&] {
    normalise<kWide>(floats(in.image), floats(sums), norm, activation, floats(all.out), by);
  });
  launch(grid, kThreads, [&] {
    sumGradients<kWide>(floats(in.image), floats(in.gradient), norm, activation, floats(sums), by);
  });
  launch(grid, kThreads, [&] {
    gradients<kWide>(floats(in.image), floats(in.gradient), floats(sums), norm, activation, to, by);
  });
  return all;
}

void checkEqual(const Outcome& expected, const Outcome& got) {
  CHECK(difference(expected.out, got.out) < 1e-5);
  CHECK(difference(expected.runningMean, got.runningMean) < 1e-5);
  CHECK(difference(expected.runningVariance, got.runningVariance) < 1e-5);
  CHECK(difference(expected.ofImage, got.ofImage) < 1e-4);
  CHECK(difference(expected.ofScale, got.ofScale) < 1e-4);
  CHECK(difference(expected.ofShift, got.ofShift) < 1e-4);
  if (expected.ofSlopes.defined()) CHECK(difference(expected.ofSlopes, got.ofSlopes) < 1e-4);
}

}  // namespace

TEST_CASE("norm kernels: batch norm and activation as LibTorch's, forward and backward") {
  // {images, channels, pixels, parts, pixelsEach}, height, ...
  const std::vector<Case> cases = {
      {{2, 3, 2400, 3, 800}, 40, false, 1},        // no activation
      {{2, 3, 2400, 3, 1000}, 40, false, 0},       // ReLU, a last part that is shorter
      {{3, 2, 1024, 1, 1024}, 32, false, 0.1},     // leaky ReLU
      {{2, 3, 2400, 2, 1200}, 40, true, 1},        // PReLU
      {{40, 1, 4, 1, 4}, 2, true, 1},              // more blocks than put sums together
      {{2, 2, 1200, 2, 600}, 30, true, 1, 300.0},  // a small variance beside the mean
  };
  for (const Case& one : cases) {
    INFO(one.by.images << " images of " << one.by.pixels << " pixels, slope " << one.slope
                       << ", far " << one.far);
    const Outcome expected = libTorchs(one, Input(one));
    checkEqual(expected, kernels<4>(one, Input(one)));
    checkEqual(expected, kernels<1>(one, Input(one)));
  }
  const Case odd{{2, 2, 35, 2, 20}, 5, true, 1};
  checkEqual(libTorchs(odd, Input(odd)), kernels<1>(odd, Input(odd)));
}
