// PReLU on a CUDA device beside LibTorch's on a CPU.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "cuda_device.h"
#include "native/train/executor/cuda/prelu.h"
#include "native/train/mixed_precision.h"

using namespace limbus;

namespace {

struct PreluCase {
  std::vector<std::int64_t> shape;
  std::int64_t slopes;
};

// What comes out, and the gradients by image and slopes, on a CPU in doubles; `spread`: of a sum,
// one value for all.
std::vector<torch::Tensor> activated(torch::Device device, const PreluCase& of, bool spread) {
  torch::manual_seed(3);
  const auto place = [&](const torch::Tensor& tensor) {
    return tensor.to(device, device.is_cuda() ? torch::kFloat32 : torch::kFloat64)
        .detach()
        .set_requires_grad(true);
  };
  torch::Tensor drawn = torch::randn(of.shape);
  drawn.view({-1}).slice(0, 0, {}, 3).zero_();  // values neither above 0 nor below
  const torch::Tensor image = place(drawn), slopes = place(torch::randn({of.slopes}));
  if (device.is_cuda()) REQUIRE(isQuickPrelu(image, slopes));
  const torch::Tensor out =
      device.is_cuda() ? preluOnCuda(image, slopes) : torch::prelu(image, slopes);
  const torch::Tensor gradient = torch::randn(of.shape).to(out.options());
  spread ? out.sum().backward()
         : out.backward(gradient.transpose(2, 3).contiguous().transpose(2, 3));
  return {out.detach(), image.grad(), slopes.grad()};
}

}  // namespace

TEST_CASE("cuda: PReLU and its gradients are the CPU's", "[cuda]") {
  const torch::Device device = cuda();
  for (const PreluCase& one : std::vector<PreluCase>{{{8, 64, 50, 80}, 64},
                                                     {{8, 128, 25, 40}, 128},
                                                     {{8, 16, 100, 160}, 16},
                                                     {{8, 16, 100, 160}, 1},
                                                     {{2, 5, 201, 319}, 5},
                                                     {{1, 1, 1200, 1601}, 1},
                                                     {{3, 2, 1, 1}, 2},
                                                     {{300, 700, 1, 3}, 1}}) {
    for (const bool spread : {false, true}) {
      INFO(one.shape << ", " << one.slopes << " slopes" << (spread ? ", of a sum" : ""));
      const auto expected = activated(torch::kCPU, one, spread);
      const auto got = activated(device, one, spread);
      for (const std::size_t i : {0, 1}) {
        CHECK(torch::equal(expected[i].to(torch::kFloat32), got[i].to(torch::kCPU)));
      }
      const double most = expected[2].abs().max().item<double>();
      const double summedUp = static_cast<double>(expected[1].numel() / one.slopes);
      CHECK((expected[2] - got[2].to(torch::kCPU)).abs().max().item<double>() <
            1e-6 * most + 1e-5 * std::sqrt(summedUp));
      CHECK(torch::equal(activated(device, one, spread)[2], got[2]));  // the same bits
    }
  }
}

TEST_CASE("cuda: gradients of PReLU are replayed", "[cuda]") {
  const torch::Device device = cuda();
  const OwnStream stream(device);
  const torch::Tensor image = torch::randn({8, 24, 64, 80}).to(device);
  const torch::Tensor gradient = torch::randn({8, 24, 64, 80}).to(device);
  const torch::Tensor slopes = torch::randn({24}).to(device).set_requires_grad(true);
  const auto [before, replayed] = replayedWithTwice(image, [&] {
    return torch::autograd::grad({preluOnCuda(image, slopes)}, {slopes}, {gradient});
  });
  CHECK(torch::equal(replayed[0], 2 * before[0]));
}

TEST_CASE("cuda: PReLU takes LibTorch's way elsewhere", "[cuda]") {
  const torch::Device device = cuda();
  const auto floats = torch::TensorOptions(device);
  const torch::Tensor image = torch::ones({2, 8, 10, 10}, floats);
  const torch::Tensor slopes = torch::ones({8}, floats);
  CHECK(isQuickPrelu(image, slopes));
  CHECK(isQuickPrelu(image, slopes.narrow(0, 0, 1)));
  CHECK_FALSE(isQuickPrelu(image, slopes.to(torch::kCPU)));
  CHECK_FALSE(isQuickPrelu(image, slopes.narrow(0, 0, 2)));
  CHECK_FALSE(isQuickPrelu(image.transpose(2, 3), slopes));
  CHECK_FALSE(isQuickPrelu(image.to(torch::kHalf), slopes));
  CHECK_FALSE(isQuickPrelu(image.narrow(0, 0, 0), slopes));
  const MixedPrecision mixed(Precision::bfloat16, torch::kCUDA);
  CHECK_FALSE(isQuickPrelu(image, slopes));
}
