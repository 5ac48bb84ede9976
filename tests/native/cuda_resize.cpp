// Bilinear resizing on a CUDA device beside LibTorch's on a CPU.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "cuda_device.h"
#include "native/train/executor/cuda/resize.h"
#include "native/train/executor/cuda/resize_launch.h"

using namespace limbus;

namespace {

struct Resized {
  torch::Tensor out, ofX;
};

template <class Resize>
Resized resized(const torch::Tensor& image, const torch::Tensor& gradient, const Resize& resize) {
  const torch::Tensor x = image.detach().requires_grad_();
  const torch::Tensor out = resize(x);
  out.backward(gradient.expand_as(out));
  return {out.detach(), x.grad()};
}

}  // namespace

TEST_CASE("cuda: bilinear resizing and its gradients are the CPU's, the same in every run",
          "[cuda]") {
  const torch::Device device = cuda();
  struct Case {
    std::vector<std::int64_t> from;
    TargetSize to;
  };
  const std::vector<Case> cases = {
      {{8, 4, 80, 50}, {640, 400}},   {{2, 24, 160, 100}, {320, 200}}, {{2, 3, 5, 7}, {11, 13}},
      {{3, 2, 61, 47}, {20, 31}},     {{2, 8, 1, 1}, {40, 25}},        {{2, 3, 40, 25}, {1, 1}},
      {{70000, 1, 2, 3}, {4, 6}},     {{1, 1, 3, 4096}, {2, 5}},       {{1, 2, 30, 20}, {30, 20}},
      {{2, 3, 640, 400}, {320, 200}},
  };
  for (const auto& [from, to] : cases) {
    for (const bool alignCorners : {false, true}) {
      for (const bool expanded : {false, true}) {
        INFO(from << " to " << to.height << "x" << to.width << ", aligned corners " << alignCorners
                  << ", expanded " << expanded);
        torch::manual_seed(3);
        const torch::Tensor image = torch::randn(from);
        const torch::Tensor gradient =
            expanded ? torch::randn({1})
                     : torch::randn({from[0], from[1], to.width, to.height}).transpose(2, 3);
        // In doubles, as LibTorch's floats round the places of outputs.
        const Resized expected = resized(
            image.to(torch::kFloat64), gradient.to(torch::kFloat64), [&](const torch::Tensor& x) {
              return torch::upsample_bilinear2d(x, {to.height, to.width}, alignCorners);
            });
        REQUIRE(isQuickResize(image.to(device), to));
        const auto ours = [&] {
          return resized(image.to(device), gradient.to(device), [&](const torch::Tensor& x) {
            return resizeBilinear(x, to, alignCorners);
          });
        };
        const Resized got = ours(), again = ours();
        CHECK(differenceOnCpu(expected.out, got.out) < 1e-5);
        CHECK(differenceOnCpu(expected.ofX, got.ofX) < 1e-5);
        CHECK(torch::equal(got.ofX, again.ofX));
      }
    }
  }
}

TEST_CASE("cuda: what resizing has no kernel for is LibTorch's", "[cuda]") {
  const torch::Device device = cuda();
  const torch::Tensor image = torch::randn({2, 3, 6, 8}).to(device);
  CHECK(isQuickResize(image, {3, 4}));
  CHECK_FALSE(isQuickResize(image.transpose(2, 3), {3, 4}));
  CHECK_FALSE(isQuickResize(image.to(torch::kFloat16), {3, 4}));
  CHECK_FALSE(isQuickResize(image.narrow(0, 0, 0), {3, 4}));
  CHECK_FALSE(isQuickResize(image, {3, 4097}));
  CHECK(resizeBilinear(image, {3, 4097}, false).size(3) == 4097);
}

TEST_CASE("cuda: a kernel of resizing that CUDA refuses is told in its words") {
  const char* forward = resize_kernels::forward(
      nullptr, nullptr, {{1, 1, 1, 0, 1}, {1, 1, 1, 0, 1}}, 0, nullptr);  // a grid of no blocks
  checkToldInWords(forward);
  const char* backward =
      resize_kernels::backward(nullptr, nullptr, {{1, 1, 1, 0, 1}, {1, 1, 1, 0, 1}}, 0, nullptr);
  REQUIRE(backward != nullptr);
  CHECK(std::string(backward) == forward);
}
