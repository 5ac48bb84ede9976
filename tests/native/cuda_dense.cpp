// Convolutions of 3x3 with all channels on a CUDA device beside LibTorch's on a CPU.
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "cuda_device.h"
#include "native/train/executor/cuda/dense.h"
#include "native/train/executor/cuda/dense_launch.h"
#include "native/train/mixed_precision.h"

using namespace limbus;

namespace {

struct DenseCase {
  std::vector<std::int64_t> shape;
  std::int64_t out;
  ConvWindow by;
  bool learns = true, bias = false, apart = false;  // the image; the gradient's values
};

// What comes out, and the gradients by weights, image and bias; on a CPU in doubles.
std::vector<torch::Tensor> denselyConvolved(torch::Device device, const DenseCase& of) {
  torch::manual_seed(3);
  const auto place = [&](const torch::Tensor& tensor, bool learns = true) {
    return tensor.to(device, device.is_cuda() ? torch::kFloat32 : torch::kFloat64)
        .detach()
        .set_requires_grad(learns);
  };
  const torch::Tensor image = place(torch::randn(of.shape), of.learns);
  const torch::Tensor weights = place(torch::randn({of.out, of.shape[1], 3, 3}));
  const torch::Tensor bias = of.bias ? place(torch::randn({of.out})) : torch::Tensor();
  if (device.is_cuda()) REQUIRE(isQuickDense(image, weights, of.by));
  const torch::Tensor result = device.is_cuda() ? denseOnCuda(image, weights, bias, of.by)
                                                : torch::conv2d(image, weights, bias, of.by.stride,
                                                                of.by.padding, of.by.dilation);
  const torch::Tensor drawn =
      torch::randn({result.size(0), result.size(2), result.size(3), result.size(1)});
  torch::Tensor gradient = drawn.permute({0, 3, 1, 2});
  if (!of.apart) gradient = gradient.contiguous();
  result.backward(gradient.to(result.options()));
  std::vector<torch::Tensor> all = {result.detach(), weights.grad()};
  CHECK(image.grad().defined() == of.learns);
  if (of.learns) all.push_back(image.grad());
  if (of.bias) all.push_back(bias.grad());
  return all;
}

}  // namespace

TEST_CASE("cuda: convolutions of 3x3 with all channels are the CPU's", "[cuda]") {
  const torch::Device device = cuda();
  allowPrecision(Precision::float32);
  const auto same = [](std::int64_t stride, std::int64_t dilation) {
    return ConvWindow{.stride = {stride, stride},
                      .padding = {dilation, dilation},
                      .dilation = {dilation, dilation}};
  };
  for (const DenseCase& one : std::vector<DenseCase>{
           {{8, 16, 50, 80}, 16, same(1, 1)},
           {{8, 32, 25, 40}, 32, same(1, 2)},
           {{8, 32, 25, 40}, 32, same(1, 16), true, true, true},
           {{8, 1, 400, 640}, 16, same(2, 1), false},
           {{8, 3, 200, 320}, 13, same(2, 1), false, true},
           {{8, 4, 100, 160}, 4, same(1, 1)},
           {{3, 17, 51, 77}, 35, same(1, 3), true, false, true},
           {{3, 5, 90, 101}, 7, {{2, 1}, {0, 3}, {1, 2}}, true, true},
           {{2, 6, 1, 3000}, 9, same(1, 1)},
           {{2, 6, 3000, 1}, 9, same(1, 1)},
       }) {
    INFO(one.shape << " to " << one.out << " by " << one.by.stride << one.by.dilation);
    const auto expected = denselyConvolved(torch::kCPU, one), got = denselyConvolved(device, one);
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO("tensor " << i);
      const torch::Tensor there = got[i].to(torch::kCPU);
      REQUIRE(there.sizes() == expected[i].sizes());
      const double tolerance = i == 1 ? 1e-5 : 1e-4;  // cuDNN may choose Winograd's way
      CHECK((expected[i] - there).abs().max().item<double>() <
            tolerance * expected[i].abs().max().item<double>());
    }
    CHECK(torch::equal(denselyConvolved(device, one)[1], got[1]));  // the same bits
  }
}

TEST_CASE("cuda: gradients of convolutions of 3x3 are replayed", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  allowPrecision(Precision::float32);
  const ConvWindow by{.stride = {1, 1}, .padding = {2, 2}, .dilation = {2, 2}};
  const torch::Tensor image = torch::randn({8, 24, 32, 40}).to(device);
  const torch::Tensor gradient = torch::randn({8, 9, 32, 40}).to(device);
  const torch::Tensor weights = torch::randn({9, 24, 3, 3}).to(device).set_requires_grad(true);
  const auto [before, replayed] = replayedWithTwice(image, [&] {
    return torch::autograd::grad({denseOnCuda(image, weights, {}, by)}, {weights}, {gradient});
  });
  CHECK(torch::equal(replayed[0], 2 * before[0]));
}

TEST_CASE("cuda: convolutions of 3x3 take LibTorch's way elsewhere", "[cuda]") {
  const torch::Device device = cuda();
  const auto floats = torch::TensorOptions(device);
  const ConvWindow by{.stride = {1, 1}, .padding = {1, 1}, .dilation = {1, 1}};
  const torch::Tensor image = torch::ones({2, 8, 100, 100}, floats);
  const torch::Tensor weights = torch::ones({8, 8, 3, 3}, floats).set_requires_grad(true);
  CHECK(isQuickDense(image, weights, by));
  CHECK_FALSE(isQuickDense(image, weights.detach(), by));
  CHECK_FALSE(isQuickDense(image.transpose(2, 3), weights, by));
  CHECK_FALSE(isQuickDense(image.to(torch::kHalf), weights, by));
  CHECK_FALSE(isQuickDense(image.narrow(2, 0, 20).contiguous(), weights, by));  // few outputs
  CHECK_FALSE(isQuickDense(image.repeat({1, 8, 1, 1}), weights.repeat({8, 8, 1, 1}), by));
  CHECK_FALSE(isQuickDense(image, weights.repeat({1, 1, 1, 2}).narrow(3, 0, 5).contiguous(), by));
  const MixedPrecision mixed(Precision::bfloat16, torch::kCUDA);
  CHECK_FALSE(isQuickDense(image, weights, by));
}

TEST_CASE("cuda: a dense convolution's kernel that CUDA refuses is told in its words") {
  const dense_kernels::Parts none{};  // a grid of no blocks, which wants no device
  const char* refusal =
      dense_kernels::gradientByWeights(nullptr, nullptr, nullptr, nullptr, none, nullptr);
  checkToldInWords(refusal);
}
