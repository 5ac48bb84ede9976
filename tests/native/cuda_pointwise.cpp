// Convolutions with kernels of one value on a CUDA device beside LibTorch's on a CPU.
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "cuda_device.h"
#include "native/train/executor/cuda/pointwise.h"
#include "native/train/executor/cuda/pointwise_launch.h"
#include "native/train/mixed_precision.h"

using namespace limbus;

namespace {

struct PointwiseCase {
  std::vector<std::int64_t> shape;
  std::int64_t out;
  bool bias, apart;  // the gradient's values with others between them
};

// What comes out, and the gradients by image, weights and bias; on a CPU in doubles.
std::vector<torch::Tensor> convolved(torch::Device device, const PointwiseCase& of) {
  torch::manual_seed(3);
  const auto place = [&](const torch::Tensor& tensor) {
    return tensor.to(device, device.is_cuda() ? torch::kFloat32 : torch::kFloat64)
        .detach()
        .set_requires_grad(true);
  };
  const torch::Tensor image = place(torch::randn(of.shape));
  const torch::Tensor weights = place(torch::randn({of.out, of.shape[1], 1, 1}));
  const torch::Tensor bias = of.bias ? place(torch::randn({of.out})) : torch::Tensor();
  const torch::Tensor drawn = torch::randn({of.shape[0], of.shape[2], of.shape[3], of.out});
  torch::Tensor gradient = drawn.permute({0, 3, 1, 2});
  if (!of.apart) gradient = gradient.contiguous();
  if (device.is_cuda()) REQUIRE(isQuickPointwise(image, weights));
  const torch::Tensor result = device.is_cuda() ? pointwiseOnCuda(image, weights, bias)
                                                : torch::conv2d(image, weights, bias);
  result.backward(gradient.to(result.options()));
  std::vector<torch::Tensor> all = {result.detach(), image.grad(), weights.grad()};
  if (of.bias) all.push_back(bias.grad());
  return all;
}

}  // namespace

TEST_CASE("cuda: convolutions with kernels of one value are the CPU's", "[cuda]") {
  const torch::Device device = cuda();
  allowPrecision(Precision::float32);
  for (const PointwiseCase& one : std::vector<PointwiseCase>{
           {{8, 24, 100, 160}, 24, false, false},
           {{8, 40, 50, 80}, 32, true, true},
           {{8, 128, 50, 80}, 32, false, false},
           {{3, 5, 101, 77}, 4, true, false},
           {{2, 64, 1, 9000}, 64, true, true},
           {{64, 3, 16, 17}, 1, false, false},
           {{1, 1, 400, 640}, 150, false, true},
       }) {
    INFO(one.shape << " to " << one.out << ", bias " << one.bias << ", apart " << one.apart);
    const auto expected = convolved(torch::kCPU, one), got = convolved(device, one);
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO("tensor " << i);
      const torch::Tensor there = got[i].to(torch::kCPU);
      REQUIRE(there.sizes() == expected[i].sizes());
      CHECK((expected[i] - there).abs().max().item<double>() <
            1e-5 * expected[i].abs().max().item<double>());
    }
    CHECK(torch::equal(convolved(device, one)[2], got[2]));  // the same bits
  }
}

TEST_CASE("cuda: gradients of convolutions with kernels of one value are replayed", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  allowPrecision(Precision::float32);
  const torch::Tensor image = torch::randn({8, 24, 64, 80}).to(device);
  const torch::Tensor gradient = torch::randn({8, 9, 64, 80}).to(device);
  const torch::Tensor weights = torch::randn({9, 24, 1, 1}).to(device).set_requires_grad(true);
  const auto [before, replayed] = replayedWithTwice(image, [&] {
    return torch::autograd::grad({pointwiseOnCuda(image, weights, {})}, {weights}, {gradient});
  });
  CHECK(torch::equal(replayed[0], 2 * before[0]));
}

TEST_CASE("cuda: convolutions with kernels of one value take LibTorch's way elsewhere", "[cuda]") {
  const torch::Device device = cuda();
  const auto floats = torch::TensorOptions(device);
  const torch::Tensor image = torch::ones({2, 8, 100, 100}, floats);
  const torch::Tensor weights = torch::ones({8, 8, 1, 1}, floats).set_requires_grad(true);
  CHECK(isQuickPointwise(image, weights));
  CHECK_FALSE(isQuickPointwise(image, weights.detach()));
  CHECK_FALSE(isQuickPointwise(image.transpose(2, 3), weights));
  CHECK_FALSE(isQuickPointwise(image.to(torch::kHalf), weights));
  CHECK_FALSE(isQuickPointwise(image.narrow(2, 0, 20).contiguous(), weights));
  CHECK_FALSE(isQuickPointwise(image.repeat({1, 20, 1, 1}), weights.repeat({1, 20, 1, 1})));
  const MixedPrecision mixed(Precision::bfloat16, torch::kCUDA);
  CHECK_FALSE(isQuickPointwise(image, weights));
}

TEST_CASE("cuda: a convolution's kernel that CUDA refuses is told in its words") {
  const pointwise_kernels::Parts none{};  // a grid of no blocks, which wants no device
  const char* refusal =
      pointwise_kernels::gradientByWeights(nullptr, nullptr, nullptr, nullptr, none, nullptr);
  checkToldInWords(refusal);
}
