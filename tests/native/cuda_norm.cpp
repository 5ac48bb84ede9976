// Batch norms with their activations on a CUDA device beside LibTorch's on a CPU.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "cuda_device.h"
#include "native/train/executor/cuda/norm.h"
#include "native/train/executor/cuda/norm_launch.h"
#include "native/train/executor/executor.h"
#include "native/train/precision.h"
#include "shared/nets/nets.h"

using namespace limbus;

namespace {

// Of a step on `device`: what came out, and all gradients and statistics.
std::vector<torch::Tensor> trained(torch::Device device, const std::vector<std::int64_t>& shape,
                                   bool slopes) {
  torch::manual_seed(3);
  const std::int64_t channels = shape[1];
  const auto place = [&](const torch::Tensor& tensor) {
    return tensor.to(device).detach().set_requires_grad(true);
  };
  const torch::Tensor image = place(torch::randn(shape) * 3 + 5);
  const torch::Tensor scale = place(torch::rand({channels}) + 0.5);
  const torch::Tensor shift = place(torch::randn({channels}) * 0.3);
  const torch::Tensor slope = place(torch::rand({channels}) * 0.5);
  const torch::Tensor gradient = torch::randn(shape).to(device);
  const torch::Tensor mean = torch::zeros({channels}).to(device);
  const torch::Tensor variance = torch::ones({channels}).to(device);
  torch::Tensor out;
  if (device.is_cuda()) {
    REQUIRE(isQuickNorm(image));
    const NegativeSide below = slopes ? NegativeSide{.slopes = slope} : NegativeSide{.slope = 0};
    out = normOnCuda(image, {scale, shift, mean, variance}, 0.1, 1e-5, below);
  } else {
    const torch::Tensor normed =
        torch::batch_norm(image, scale, shift, mean, variance, true, 0.1, 1e-5, false);
    out = slopes ? torch::prelu(normed, slope) : torch::relu(normed);
  }
  out.backward(gradient);
  std::vector<torch::Tensor> all = {out, image.grad(), scale.grad(), shift.grad(), mean, variance};
  if (slopes) all.push_back(slope.grad());
  return all;
}

}  // namespace

TEST_CASE("cuda: batch norms and activations behind them are the CPU's", "[cuda]") {
  const torch::Device device = cuda();
  for (const std::vector<std::int64_t>& shape : std::vector<std::vector<std::int64_t>>{
           {2, 3, 7, 5}, {8, 16, 100, 160}, {8, 4, 321, 201}, {1, 200, 30, 40}, {8, 64, 1, 1}}) {
    for (const bool slopes : {false, true}) {
      INFO(shape << ", slopes " << slopes);
      const auto expected = trained(torch::kCPU, shape, slopes);
      const auto got = trained(device, shape, slopes);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("tensor " << i);
        CHECK(differenceOnCpu(expected[i].detach(), got[i]) < 1e-4);
      }
    }
  }
}

TEST_CASE("cuda: networks with norms and activations as one learn as on the CPU", "[cuda]") {
  const torch::Device device = cuda();
  allowPrecision(Precision::float32);
  for (const char* name : {"dabnet", "eye-s", "unet"}) {
    INFO(name);
    const auto gradientsOn = [&](torch::Device place) {
      Executor net(buildNet(chosen(nets(), name), {1, 4}).value(), 3);
      net.to(place);
      net.train();
      torch::manual_seed(5);
      const torch::Tensor image = torch::randn({2, 1, 96, 128});
      net.forward(image.to(place)).at(0).square().mean().backward();
      std::vector<torch::Tensor> all;
      for (const torch::Tensor& one : net.learned()) all.push_back(one.grad().to(torch::kCPU));
      return all;
    };
    const auto expected = gradientsOn(torch::kCPU), got = gradientsOn(device);
    double squares = 0, apart = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      squares += expected[i].square().sum().item<double>();
      apart += (expected[i] - got[i]).square().sum().item<double>();
    }
    CHECK(std::sqrt(apart / squares) < 1e-2);
  }
}

TEST_CASE("cuda: a kernel that CUDA refuses is told in its words") {
  const norm_kernels::Parts none{};  // a grid of no blocks, which wants no device
  const char* forward = norm_kernels::forward(nullptr, nullptr, {}, {}, nullptr, none, nullptr);
  checkToldInWords(forward);
  const char* backward =
      norm_kernels::backward(nullptr, nullptr, nullptr, {}, {}, {}, none, nullptr);
  REQUIRE(backward != nullptr);
  CHECK(std::string(backward) == forward);
}
