// The kernels of PReLU on CUDA, on a CPU beside LibTorch's.
#include <torch/torch.h>

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <vector>

#include "kernels_on_cpu.h"
#include "native/train/executor/cuda/prelu_kernels.cuh"

using namespace limbus::prelu_kernels;

namespace {

struct Case {
  int images, channels, slopes, pixels;
  int parts, pixelsEach;  // 0: as dealtOut() has it
};

struct Input {
  torch::Tensor image, slopes, gradient;

  explicit Input(const Case& of) {
    torch::manual_seed(3);
    image = torch::randn({of.images, of.channels, of.pixels, 1});
    image.view({-1}).slice(0, 0, {}, 3).zero_();  // values neither above 0 nor below
    slopes = torch::randn({of.slopes});
    gradient = torch::randn_like(image);
  }
};

// What comes out, and the gradients by image and slopes.
std::vector<torch::Tensor> libTorchs(Input in) {
  in.image.set_requires_grad(true);
  in.slopes.set_requires_grad(true);
  const torch::Tensor out = torch::prelu(in.image, in.slopes);
  out.backward(in.gradient);
  return {out.detach(), in.image.grad(), in.slopes.grad()};
}

template <int kWide>
std::vector<torch::Tensor> byKernels(const Planes& planes, const Input& in) {
  const auto floats = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
  const float never = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor out = torch::full_like(in.image, never),
                      ofImage = torch::full_like(in.image, never),
                      ofSlopes = torch::full_like(in.slopes, never),
                      sums = torch::full({planes.count * planes.parts}, never);
  const Place grid = {static_cast<unsigned>(planes.count), static_cast<unsigned>(planes.parts)};
  launch(grid, kThreads,
         [&] { outputs<kWide>(floats(in.image), floats(in.slopes), floats(out), planes); });
  launch(grid, kThreads, [&] {
    gradients<kWide>(floats(in.image), floats(in.slopes), floats(in.gradient), floats(ofImage),
                     floats(sums), planes);
  });
  launch({static_cast<unsigned>(planes.slopes), 1}, kThreads, [&] {
    sumBlocks<1>(floats(sums), floats(ofSlopes), planes.count / planes.slopes * planes.parts);
  });
  return {out, ofImage, ofSlopes};
}

void checkEqual(const std::vector<torch::Tensor>& expected, const std::vector<torch::Tensor>& got) {
  CHECK(torch::equal(expected[0], got[0]));
  CHECK(torch::equal(expected[1], got[1]));
  const double most = expected[2].abs().max().item<double>();
  CHECK((expected[2] - got[2]).abs().max().item<double>() < 1e-5 * most + 1e-5);
}

}  // namespace

TEST_CASE("prelu kernels: PReLU as LibTorch's, forward and backward") {
  for (const Case& one : std::vector<Case>{
           {2, 3, 3, 4000, 0, 0},
           {2, 3, 1, 4000, 0, 0},     // one slope for all channels
           {2, 3, 3, 4000, 2, 2048},  // several passes, a last part that is shorter
           {3, 5, 5, 1000, 0, 0},
           {3, 2, 2, 1027, 0, 0},  // no whole quads
           {3, 2, 1, 1, 0, 0},     // one pixel
           {300, 1, 1, 4, 0, 0},   // more blocks than threads that sum them up
           {1, 300, 1, 3, 0, 0},
       }) {
    INFO(one.images << "x" << one.channels << "x" << one.pixels << ", " << one.slopes << " slopes");
    Planes planes = dealtOut(one.images * one.channels, one.slopes, one.pixels);
    if (one.parts > 0) {
      planes.parts = one.parts;
      planes.pixelsEach = one.pixelsEach;
    }
    const Input in(one);
    const auto expected = libTorchs(in);
    checkEqual(expected, byKernels<1>(planes, in));
    if (one.pixels % 4 == 0) checkEqual(expected, byKernels<4>(planes, in));
  }
}

TEST_CASE("prelu kernels: each pixel belongs to one block") {
  for (const int count : {1, 3, 128, 2048, 100000}) {
    for (const int pixels : {1, 1000, 1024, 1025, 16000, 1 << 20, 1 << 30}) {
      INFO(count << " planes of " << pixels);
      const Planes planes = dealtOut(count, 1, pixels);
      CHECK((planes.parts - 1LL) * planes.pixelsEach < pixels);
      CHECK(1LL * planes.parts * planes.pixelsEach >= pixels);
      CHECK(1LL * planes.parts * planes.pixelsEach <= std::numeric_limits<int>::max());
      CHECK(planes.parts <= 2048 / count + 1);
    }
  }
}
