// Cross-entropy of each pixel on a CUDA device beside LibTorch's on a CPU.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "cuda_device.h"
#include "native/train/losses/cuda/cross_entropy.h"
#include "native/train/losses/cuda/cross_entropy_launch.h"
#include "native/train/losses/pixels.h"

using namespace limbus;

namespace {

torch::Tensor labelsFor(const std::vector<std::int64_t>& shape) {
  const torch::Tensor target =
      torch::randint(0, shape[1], {shape[0], shape[2], shape[3]}, torch::kInt64);
  return target.masked_fill(torch::rand(target.sizes()) < 0.2, kVoidLabel);
}

}  // namespace

TEST_CASE("cuda: each pixel's cross-entropy and its gradient are the CPU's", "[cuda]") {
  const torch::Device device = cuda();
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{8, 4, 400, 640},
                                              {2, 3, 7, 5},
                                              {1, 19, 61, 80},
                                              {2, 64, 33, 35},
                                              {3, 1, 4, 4},
                                              {70000, 2, 1, 1}}) {
    // Of each pixel, of all alike, and of each with others' between them.
    for (const int gradient : {0, 1, 2}) {
      INFO(shape << ", gradient " << gradient);
      torch::manual_seed(3);
      const torch::Tensor logits = torch::randn(shape) * 5, target = labelsFor(shape);
      torch::Tensor above = torch::randn({shape[0], shape[2], shape[3]});
      if (gradient == 1) above = torch::randn({1}).expand_as(above);
      if (gradient == 2) {
        above = torch::randn({shape[0], shape[3], shape[2]}).transpose(1, 2);
      }
      const auto x = logits.to(torch::kFloat64).requires_grad_();
      const torch::Tensor expected =
          torch::nll_loss_nd(torch::log_softmax(x, 1), target, {}, at::Reduction::None, kVoidLabel);
      expected.backward(above.to(torch::kFloat64));
      const torch::Tensor there = logits.to(device).requires_grad_(), truth = target.to(device);
      REQUIRE(isQuickCrossEntropy(there, truth));
      const torch::Tensor loss = pixelCrossEntropy(there, truth);
      // A copy of one value is one for each.
      loss.backward(gradient == 1 ? above[0][0][0].to(device).expand_as(loss) : above.to(device));
      CHECK(differenceOnCpu(expected, loss) < 1e-5);
      CHECK(differenceOnCpu(x.grad(), there.grad()) < 1e-5);
    }
  }
}

TEST_CASE("cuda: what cross-entropy has no kernel for is LibTorch's", "[cuda]") {
  const torch::Device device = cuda();
  const torch::Tensor logits = torch::randn({2, 3, 6, 6}).to(device);
  const torch::Tensor target = labelsFor({2, 3, 6, 6}).to(device);
  CHECK(isQuickCrossEntropy(logits, target));
  CHECK(isQuickCrossEntropy(logits, target.transpose(1, 2)));
  CHECK_FALSE(isQuickCrossEntropy(logits.transpose(2, 3), target));
  CHECK_FALSE(isQuickCrossEntropy(logits.to(torch::kFloat64), target));
  CHECK_FALSE(isQuickCrossEntropy(logits.narrow(0, 0, 0), target.narrow(0, 0, 0)));
  CHECK_FALSE(isQuickCrossEntropy(logits, target.narrow(1, 0, 5)));
  CHECK(differenceOnCpu(pixelCrossEntropy(logits.to(torch::kFloat64), target).to(torch::kCPU),
                        pixelCrossEntropy(logits, target)) < 1e-5);
}

TEST_CASE("cuda: a label of no class gives a loss that is no number", "[cuda]") {
  const torch::Device device = cuda();
  const torch::Tensor logits = torch::randn({1, 3, 2, 2}).to(device);
  const torch::Tensor target = torch::tensor({0, 3, -1, 2}, torch::kInt64).view({1, 2, 2});
  const torch::Tensor isNot = pixelCrossEntropy(logits, target.to(device)).isnan();
  CHECK(torch::equal(isNot.to(torch::kCPU), (target == 3) | (target == -1)));
}

TEST_CASE("cuda: a kernel of cross-entropy that CUDA refuses is told in its words") {
  const cross_entropy_kernels::Shape none{};  // a grid of no blocks, which wants no device
  const char* forward = cross_entropy_kernels::forward(nullptr, {}, nullptr, none, nullptr);
  checkToldInWords(forward);
  const char* backward =
      cross_entropy_kernels::backward(nullptr, {}, nullptr, nullptr, true, nullptr, none, nullptr);
  REQUIRE(backward != nullptr);
  CHECK(std::string(backward) == forward);
}
