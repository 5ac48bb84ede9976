// The kernels of cross-entropy on CUDA, on a CPU beside LibTorch's.
#include <torch/torch.h>

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "kernels_on_cpu.h"
#include "native/train/losses/cuda/cross_entropy_kernels.cuh"

using namespace limbus::cross_entropy_kernels;

namespace {

constexpr std::int64_t kVoid = 255;

struct Outcome {
  torch::Tensor loss, ofLogits;
};

double apart(const torch::Tensor& expected, const torch::Tensor& got) {
  return ((expected - got).abs().max() / expected.abs().max().clamp_min(1e-3)).item<double>();
}

Outcome libTorchs(const torch::Tensor& logits, const torch::Tensor& target,
                  const torch::Tensor& ofLoss) {
  const torch::Tensor x = logits.to(torch::kFloat64).requires_grad_();
  const torch::Tensor loss =
      torch::nll_loss_nd(torch::log_softmax(x, 1), target, {}, at::Reduction::None, kVoid);
  loss.backward(ofLoss.to(torch::kFloat64).expand_as(loss));
  return {loss.detach(), x.grad()};
}

// `ofLoss` holds a value for each pixel, or one.
template <int kWide>
Outcome kernels(const torch::Tensor& logits, const torch::Tensor& target,
                const torch::Tensor& ofLoss) {
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  const Shape by = {static_cast<int>(logits.size(0)), static_cast<int>(logits.size(1)),
                    static_cast<int>(logits.size(2) * logits.size(3))};
  const Truth truth = {target.data_ptr<std::int64_t>(), kVoid};
  const int each = kThreads * kWide;
  const on_cpu::Place grid = {static_cast<unsigned>(by.images * ((by.pixels + each - 1) / each)),
                              1};
  Outcome all = {torch::full(target.sizes(), 7.0F), torch::full_like(logits, 7)};
  launch(grid, kThreads, [&] { losses<kWide>(floats(logits), truth, floats(all.loss), by); });
  launch(grid, kThreads, [&] {
    gradients<kWide>(floats(logits), truth, floats(all.loss), floats(ofLoss), ofLoss.numel() == 1,
                     floats(all.ofLogits), by);
  });
  return all;
}

torch::Tensor drawnTarget(const std::vector<std::int64_t>& shape) {
  torch::Tensor target = torch::randint(0, shape[1], {shape[0], shape[2], shape[3]}, torch::kInt64);
  target.masked_fill_(torch::rand(target.sizes()) < 0.2, kVoid);
  target.view({-1})[0] = shape[1] - 1;
  return target;
}

}  // namespace

TEST_CASE("cross-entropy kernels: each pixel's loss and gradient as LibTorch's") {
  torch::manual_seed(3);
  for (const std::vector<std::int64_t>& shape : std::vector<std::vector<std::int64_t>>{
           {2, 4, 5, 7}, {3, 2, 40, 44}, {1, 19, 1, 32}, {2, 64, 3, 4}, {1, 1, 2, 2}}) {
    for (const bool one : {false, true}) {
      INFO(shape[0] << " images, " << shape[1] << " classes, " << shape[2] << "x" << shape[3]
                    << ", one gradient " << one);
      const torch::Tensor logits = torch::randn(shape) * 10, target = drawnTarget(shape);
      const torch::Tensor ofLoss = one ? torch::randn({1}) : torch::randn(target.sizes());
      const Outcome expected = libTorchs(logits, target, ofLoss);
      const auto check = [&](const Outcome& got) {
        CHECK(apart(expected.loss, got.loss) < 1e-6);
        CHECK(apart(expected.ofLogits, got.ofLogits) < 1e-5);
        const torch::Tensor isVoid = target == kVoid;
        CHECK_FALSE(got.loss.masked_select(isVoid).any().item<bool>());
        CHECK_FALSE(got.ofLogits.masked_select(isVoid.unsqueeze(1)).any().item<bool>());
      };
      check(kernels<1>(logits, target, ofLoss));
      if (shape[2] * shape[3] % 4 == 0) check(kernels<4>(logits, target, ofLoss));
    }
  }
}

TEST_CASE("cross-entropy kernels: a loss near 0 and logits that are far out keep their digits") {
  const torch::Tensor logits =
      torch::tensor({30.0F, 1000.0F, -INFINITY, 0.0F,  // of four pixels: class 0
                     16.0F, -1000.0F, 3.0F, 80.0F})    // class 1
          .view({1, 2, 4, 1});
  const torch::Tensor target = torch::tensor({0, 0, 1, 1}, torch::kInt64).view({1, 4, 1});
  const torch::Tensor ofLoss = torch::ones({1});
  const Outcome expected = libTorchs(logits, target, ofLoss);
  const Outcome got = kernels<1>(logits, target, ofLoss);
  CHECK(torch::allclose(got.loss.to(torch::kFloat64), expected.loss, 1e-6, 1e-12));
  CHECK((expected.ofLogits - got.ofLogits).abs().max().item<double>() < 1e-7);
}

TEST_CASE("cross-entropy kernels: a label of no class makes no number of its pixel alone") {
  torch::manual_seed(3);
  const torch::Tensor logits = torch::randn({1, 3, 2, 4});
  for (const std::int64_t label : {std::int64_t{3}, std::int64_t{-1}, std::int64_t{1} << 40}) {
    torch::Tensor target = drawnTarget({1, 3, 2, 4});
    target[0][1][2] = label;
    for (const Outcome& got : {kernels<1>(logits, target, torch::ones({1})),
                               kernels<4>(logits, target, torch::ones({1}))}) {
      CHECK(got.loss.isnan().sum().item<int>() == 1);
      CHECK(got.loss[0][1][2].isnan().item<bool>());
      CHECK(got.ofLogits.isnan().sum().item<int>() == 3);
    }
  }
}
