// Depthwise convolutions on a CUDA device beside LibTorch's on a CPU.
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "cuda_device.h"
#include "native/train/executor/cuda/depthwise.h"
#include "native/train/mixed_precision.h"

using namespace limbus;

namespace {

using Shape = std::vector<std::int64_t>;

// What came out, and the gradients by image and kernel; `spread`: of a sum, one value for all.
std::vector<torch::Tensor> depthwise(torch::Device device, const Shape& image, const Shape& kernel,
                                     const ConvWindow& by, bool spread) {
  torch::manual_seed(3);
  const auto place = [&](const torch::Tensor& tensor) {
    return tensor.to(device).detach().set_requires_grad(true);
  };
  const torch::Tensor x = place(torch::randn(image));
  const torch::Tensor weights = place(torch::randn({image[1], 1, kernel[0], kernel[1]}));
  if (device.is_cuda()) REQUIRE(isQuickDepthwise(x, weights, by));
  const torch::Tensor out = device.is_cuda() ? depthwiseOnCuda(x, weights, by)
                                             : torch::conv2d(x, weights, {}, by.stride, by.padding,
                                                             by.dilation, image[1]);
  const torch::Tensor gradient = torch::randn(out.sizes()).to(device);
  spread ? out.sum().backward()
         : out.backward(gradient.transpose(2, 3).contiguous().transpose(2, 3));
  return {out.detach(), x.grad(), weights.grad()};
}

}  // namespace

TEST_CASE("cuda: depthwise convolutions and their gradients are the CPU's", "[cuda]") {
  const torch::Device device = cuda();
  struct Case {
    Shape image, kernel;
    ConvWindow by;
  };
  for (const Case& one : std::vector<Case>{{{8, 32, 100, 160}, {3, 1}, {{1, 1}, {1, 0}, {1, 1}}},
                                           {{8, 64, 50, 80}, {3, 1}, {{1, 1}, {16, 0}, {16, 1}}},
                                           {{8, 64, 50, 80}, {1, 3}, {{1, 1}, {0, 8}, {1, 8}}},
                                           {{2, 24, 201, 319}, {3, 3}, {{1, 1}, {1, 1}, {1, 1}}},
                                           {{2, 24, 201, 319}, {3, 3}, {{2, 2}, {1, 1}, {1, 1}}},
                                           {{2, 5, 33, 47}, {3, 3}, {{1, 1}, {4, 4}, {4, 4}}},
                                           {{3, 96, 25, 40}, {5, 5}, {{1, 1}, {2, 2}, {1, 1}}},
                                           {{3, 96, 25, 40}, {5, 5}, {{2, 2}, {2, 2}, {1, 1}}},
                                           {{1, 7, 1, 1}, {3, 3}, {{1, 1}, {1, 1}, {1, 1}}}}) {
    for (const bool spread : {false, true}) {
      INFO(one.image << " by " << one.kernel << ", strides " << one.by.stride << ", dilations "
                     << one.by.dilation << (spread ? ", of a sum" : ""));
      const auto expected = depthwise(torch::kCPU, one.image, one.kernel, one.by, spread);
      const auto got = depthwise(device, one.image, one.kernel, one.by, spread);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("tensor " << i);
        CHECK(differenceOnCpu(expected[i], got[i]) < 1e-4);
      }
      const auto again = depthwise(device, one.image, one.kernel, one.by, spread);
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(torch::equal(again[i], got[i]));
    }
  }
}

TEST_CASE("cuda: gradients of depthwise convolutions are replayed", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const torch::Tensor image = torch::randn({8, 24, 32, 40}).to(device).set_requires_grad(true);
  const torch::Tensor weights = torch::randn({24, 1, 3, 3}).to(device).set_requires_grad(true);
  const torch::Tensor gradient = torch::randn({8, 24, 32, 40}).to(device);
  const auto [before, replayed] = replayedWithTwice(image, [&] {
    return torch::autograd::grad({depthwiseOnCuda(image, weights, {{1, 1}, {1, 1}, {1, 1}})},
                                 {image, weights}, {gradient});
  });
  CHECK(torch::equal(replayed[0], before[0]));
  CHECK(torch::equal(replayed[1], 2 * before[1]));
}

TEST_CASE("cuda: depthwise convolutions take LibTorch's way elsewhere", "[cuda]") {
  const torch::Device device = cuda();
  const auto floats = torch::TensorOptions(device);
  const torch::Tensor image = torch::ones({2, 8, 20, 20}, floats);
  const torch::Tensor weights = torch::ones({8, 1, 3, 3}, floats);
  const ConvWindow by{{1, 1}, {1, 1}, {1, 1}};
  CHECK(isQuickDepthwise(image, weights, by));
  CHECK_FALSE(isQuickDepthwise(image.transpose(2, 3), weights, by));
  CHECK_FALSE(isQuickDepthwise(image.to(torch::kHalf), weights, by));
  CHECK_FALSE(isQuickDepthwise(image, torch::ones({8, 1, 4, 4}, floats), by));
  CHECK_FALSE(isQuickDepthwise(image, weights, {{3, 3}, {1, 1}, {1, 1}}));
  CHECK_FALSE(isQuickDepthwise(image, weights, {{2, 1}, {1, 1}, {1, 1}}));
  CHECK_FALSE(isQuickDepthwise(image, weights, {{1, 1}, {0, 0}, {16, 16}}));        // no outputs
  CHECK_FALSE(isQuickDepthwise(image, weights, {{1, 1}, {40000, 40000}, {1, 1}}));  // too many
  const MixedPrecision mixed(Precision::bfloat16, torch::kCUDA);
  CHECK_FALSE(isQuickDepthwise(image, weights, by));
}
