// Our own way of some operations on a CPU against LibTorch's in double precision.
#include <torch/torch.h>

#include <algorithm>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <functional>
#include <thread>
#include <vector>

#include "native/train/executor/cpu_ops.h"
#include "native/train/executor/resize.h"
#include "native/train/executor/torch_threads.h"
#include "native/train/losses/pixels.h"
#include "native_catch.h"

using namespace limbus;

namespace {

using Tensors = std::vector<torch::Tensor>;
using Run = std::function<torch::Tensor(const Tensors&)>;

// The value, and the gradients of a sum of it that weighs every place by itself.
Tensors valueAndGradients(const Run& run, const Tensors& inputs, torch::ScalarType type) {
  Tensors leaves;
  for (const torch::Tensor& one : inputs) {
    leaves.push_back(one.to(type).detach().requires_grad_(true));
  }
  const torch::Tensor value = run(leaves);
  const torch::Tensor weighed =
      torch::arange(value.numel(), torch::kFloat64).mul(0.7).cos().view(value.sizes()).to(type);
  Tensors all = torch::autograd::grad({(value * weighed).sum()}, leaves);
  all.push_back(value.detach());
  return all;
}

void requireAlike(const Run& ours, const Run& theirs, const Tensors& inputs) {
  const Tensors a = valueAndGradients(ours, inputs, torch::kFloat32);
  const Tensors b = valueAndGradients(theirs, inputs, torch::kFloat64);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("of " << i);
    REQUIRE(a[i].sizes() == b[i].sizes());
    const double largest = b[i].abs().max().item<double>();
    REQUIRE(largest > 0);
    CHECK((a[i] - b[i]).abs().max().item<double>() < 1e-5 * largest + 1e-7);
  }
}

}  // namespace

TEST_CASE("cpu: PReLU and its gradients are LibTorch's") {
  torch::manual_seed(1);
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2, 3, 5, 7}, {1, 4, 33, 40}, {3, 1, 1, 1}}) {
    for (const bool shared : {false, true}) {
      for (const bool channelsLast : {false, true}) {
        INFO(shape[2] << "x" << shape[3] << ", shared " << shared << ", " << channelsLast);
        torch::Tensor image = torch::randn(shape);
        image.view({-1})[0] = 0;  // the slope counts there
        if (channelsLast) image = image.contiguous(torch::MemoryFormat::ChannelsLast);
        requireAlike([](const Tensors& in) { return quickPrelu(in[0], in[1]); },
                     [](const Tensors& in) { return torch::prelu(in[0], in[1]); },
                     {image, torch::randn({shared ? 1 : shape[1]})});
      }
    }
  }
}

TEST_CASE("cpu: sums over channels and planes are the same on any number of threads") {
  torch::manual_seed(2);
  const torch::Tensor image = torch::randn({4, 6, 60, 80}), slopes = torch::randn({6}),
                      target = torch::randint(0, 6, {4, 60, 80}, torch::kInt64);
  const auto normed = [](const torch::Tensor& x, const NegativeSide& below = {}) {
    return quickBatchNorm(
        x, {torch::ones({6}), torch::zeros({6}), torch::zeros({6}), torch::ones({6})}, 0.1, 1e-5,
        below);
  };
  struct Sample {
    Run run;
    Tensors inputs;
    bool weightsByBlas = false;  // which sums their gradient
  };
  const Sample samples[] = {
      {[&](const Tensors& in) { return quickPrelu(normed(in[0]), in[1]); }, {image, slopes}},
      {[&](const Tensors& in) { return normed(in[0], {.slopes = in[1]}); }, {image, slopes}},
      {[](const Tensors& in) {
         return quickDepthwiseConv(in[0], in[1], {}, {{1, 2}, {1, 1}, {1, 1}});
       },
       {image, torch::randn({6, 1, 3, 3})}},
      {[](const Tensors& in) { return quickPointwiseConv(in[0], in[1], {}); },
       {image, torch::randn({9, 6, 1, 1})},
       true},
      {[](const Tensors& in) {
         return winogradConv(in[0], in[1], {}, {1, 1});
       },
       {image, torch::randn({9, 6, 3, 3})}},
      {[](const Tensors& in) {
         return resizeBilinear(in[0], {111, 93}, false);
       },
       {image}},
      {[&](const Tensors& in) { return pixelCrossEntropy(in[0], target); }, {image}}};
  const int before = torch::get_num_threads();
  for (const auto& [run, inputs, weightsByBlas] : samples) {
    torch::set_num_threads(1);
    const Tensors one = valueAndGradients(run, inputs, torch::kFloat32);
    torch::set_num_threads(3);
    const Tensors three = valueAndGradients(run, inputs, torch::kFloat32);
    torch::set_num_threads(before);
    for (std::size_t i = 0; i < one.size(); ++i) {
      INFO("of " << i);
      const double off = (one[i] - three[i]).abs().max().item<double>();
      const double largest = one[i].abs().max().item<double>();
      // MKL's order may follow from the number of threads.
      CHECK(off <= (weightsByBlas && i == 1 && at::hasMKL() ? 1e-6 * largest : 0));
    }
  }
}

TEST_CASE("cpu: batch norms in training, alone and with an activation, are LibTorch's") {
  torch::manual_seed(5);
  enum { alone, relu, leaky, prelu };
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{8, 3, 5, 7}, {2, 4, 61, 80}, {16, 3, 1, 1}}) {
    for (const double mean : {0.0, 50.0}) {  // beside which the variance is small
      for (const int with : {alone, relu, leaky, prelu}) {
        if (mean != 0 && with != alone) continue;  // where a float's y and a double's part at 0
        INFO(shape[0] << " images, " << shape[2] << "x" << shape[3] << ", mean " << mean
                      << ", activation " << with);
        // What the last call left behind: the running statistics, ours first.
        std::vector<Tensors> running;
        const Run run = [&](const Tensors& in) {
          running.push_back({torch::full({shape[1]}, 2, in[0].options()),
                             torch::full({shape[1]}, 3, in[0].options())});
          NegativeSide below;
          if (with == prelu) below.slopes = in[3];
          if (with == relu || with == leaky) below.slope = with == relu ? 0 : 0.1;
          return quickBatchNorm(in[0], {in[1], in[2], running.back()[0], running.back()[1]}, 0.1,
                                1e-5, below);
        };
        Tensors inputs = {torch::randn(shape) + mean, torch::rand({shape[1]}) + 0.5,
                          torch::randn({shape[1]})};
        if (with == prelu) inputs.push_back(torch::randn({shape[1]}));
        requireAlike(run, run, inputs);  // in doubles it is LibTorch's own
        REQUIRE(running.size() == 2);
        for (int i = 0; i < 2; ++i) {
          CHECK((running[0][i] - running[1][i]).abs().max().item<double>() <
                1e-5 * running[1][i].abs().max().item<double>());
        }
      }
    }
  }
}

TEST_CASE("cpu: transposed convolutions and their gradients are LibTorch's") {
  struct Sample {
    std::int64_t in, out, kernel;
    Transposition by;
  };
  const Sample samples[] = {
      {6, 4, 2, {{2, 2}, {0, 0}, {0, 0}, {1, 1}, 1}},  // a U-Net's
      {5, 3, 3, {{2, 2}, {1, 1}, {1, 1}, {1, 1}, 1}},  // ENet's
      {4, 8, 4, {{2, 2}, {1, 1}, {0, 0}, {1, 1}, 4}},
      {6, 6, 4, {{2, 2}, {1, 1}, {0, 0}, {1, 1}, 6}},
      {3, 5, 3, {{1, 3}, {0, 2}, {0, 2}, {2, 1}, 1}},
      {2, 3, 8, {{4, 4}, {2, 2}, {0, 0}, {1, 1}, 1}},
      {3, 2, 3, {{1, 2}, {1, 1}, {1, 1}, {2, 2}, 1}},  // rows from outputPadding alone
  };
  torch::manual_seed(3);
  for (const auto& [in, out, kernel, by] : samples) {
    for (const bool bias : {false, true}) {
      for (const std::int64_t size : {5, 40}) {
        INFO(in << " to " << out << ", " << kernel << ", " << bias << ", " << size);
        Tensors inputs = {torch::randn({2, in, size, size + 3}),
                          torch::randn({in, out / by.groups, kernel, kernel})};
        if (bias) inputs.push_back(torch::randn({out}));
        const Run run = [&by](const Tensors& all) {
          return quickTransposedConv(all[0], all[1], all.size() > 2 ? all[2] : torch::Tensor(), by);
        };
        requireAlike(run, run, inputs);  // in doubles it is LibTorch's own
      }
    }
  }
}

TEST_CASE("cpu: convolutions with a kernel for each channel are LibTorch's") {
  struct Sample {
    std::int64_t channels, height, width, kernelHeight, kernelWidth;
    ConvWindow by;
  };
  const Sample samples[] = {
      {5, 9, 11, 3, 3, {{1, 1}, {1, 1}, {2, 1}}},   {4, 24, 40, 3, 1, {{1, 1}, {4, 0}, {4, 1}}},
      {4, 24, 40, 1, 3, {{1, 1}, {0, 8}, {1, 8}}},  {3, 5, 6, 3, 3, {{1, 1}, {16, 16}, {16, 16}}},
      {6, 25, 40, 3, 3, {{2, 2}, {1, 1}, {1, 2}}},  {2, 13, 17, 5, 4, {{3, 2}, {2, 0}, {1, 2}}},
      {3, 30, 160, 1, 7, {{1, 2}, {0, 0}, {1, 1}}}, {4, 45, 46, 3, 3, {{1, 1}, {1, 1}, {1, 1}}},
      {4, 90, 51, 3, 3, {{2, 2}, {1, 1}, {1, 1}}},  {2, 50, 60, 5, 5, {{1, 1}, {2, 2}, {1, 1}}},
  };
  torch::manual_seed(4);
  for (const auto& [channels, height, width, tall, wide, by] : samples) {
    for (const bool bias : {false, true}) {
      INFO(channels << "x" << height << "x" << width << ", " << tall << "x" << wide << ", "
                    << bias);
      Tensors inputs = {torch::randn({2, channels, height, width}),
                        torch::randn({channels, 1, tall, wide})};
      if (bias) inputs.push_back(torch::randn({channels}));
      const Run run = [&by](const Tensors& all) {
        return quickDepthwiseConv(all[0], all[1], all.size() > 2 ? all[2] : torch::Tensor(), by);
      };
      requireAlike(run, run, inputs);  // in doubles it is LibTorch's own
    }
  }
}

TEST_CASE("cpu: convolutions with kernels of one value are LibTorch's") {
  struct Sample {
    std::int64_t images, in, out, height, width;
  };
  const Sample samples[] = {
      {2, 5, 3, 9, 11},    {3, 1, 4, 1, 1},     {1, 24, 4, 70, 120},  // of three pieces
      {2, 3, 7, 64, 64},   {2, 16, 24, 64, 65},  // one pixel more than a piece, or a row
      {1, 300, 300, 3, 4},                       // too many weights
  };
  torch::manual_seed(5);
  for (const auto& [images, in, out, height, width] : samples) {
    for (const bool bias : {false, true}) {
      INFO(images << "x" << in << " to " << out << ", " << height << "x" << width << ", " << bias);
      Tensors inputs = {torch::randn({images, in, height, width}), torch::randn({out, in, 1, 1})};
      if (bias) inputs.push_back(torch::randn({out}));
      const Run run = [](const Tensors& all) {
        return quickPointwiseConv(all[0], all[1], all.size() > 2 ? all[2] : torch::Tensor());
      };
      requireAlike(run, run, inputs);  // in doubles it is LibTorch's own
    }
  }
}

TEST_CASE("cpu: convolutions of 3x3 by Winograd's algorithm are LibTorch's") {
  torch::manual_seed(12);
  struct Case {
    std::vector<std::int64_t> image, padding;
    std::int64_t channels;
  };
  // The first's tiles come in several pieces; others end inside of a tile, or are one.
  for (const auto& [shape, padding, channels] :
       {Case{{2, 64, 81, 118}, {1, 1}, 40}, Case{{3, 5, 13, 70}, {1, 0}, 4},
        Case{{1, 2, 10, 7}, {0, 2}, 3}, Case{{2, 3, 3, 3}, {0, 0}, 1},
        Case{{1, 1, 1, 2}, {2, 1}, 2}}) {
    for (const bool biased : {false, true}) {
      INFO(shape[1] << " to " << channels << " at " << shape[3] << "x" << shape[2] << ", padding "
                    << padding[0] << " and " << padding[1] << ", bias " << biased);
      Tensors inputs = {torch::randn(shape), torch::randn({channels, shape[1], 3, 3})};
      if (biased) inputs.push_back(torch::randn({channels}));
      const auto by = [&padding = padding](auto convolution) {
        return [&padding, convolution](const Tensors& in) {
          return convolution(in[0], in[1], in.size() > 2 ? in[2] : torch::Tensor(), padding);
        };
      };
      requireAlike(by(winogradConv),
                   by([](const torch::Tensor& image, const torch::Tensor& weights,
                         const torch::Tensor& bias, const std::vector<std::int64_t>& around) {
                     return torch::conv2d(image, weights, bias, 1, around);
                   }),
                   inputs);
    }
  }
}

TEST_CASE("cpu: Winograd's algorithm is for training, and where it saves time") {
  const ConvWindow plain{{1, 1}, {1, 1}, {1, 1}};
  const auto kernels = [](std::int64_t to, std::int64_t from) {
    return torch::zeros({to, from, 3, 3}).requires_grad_(true);
  };
  const torch::Tensor image = torch::zeros({2, 48, 24, 32}), weights = kernels(64, 48);
  CHECK(isWorthWinograd(image, weights, plain));
  CHECK(isWorthWinograd(torch::zeros({2, 24, 24, 32}), kernels(24, 24), plain));
  CHECK_FALSE(isWorthWinograd(torch::zeros({2, 32, 24, 32}), kernels(32, 32), plain));
  CHECK_FALSE(isWorthWinograd(torch::zeros({2, 8, 24, 32}), kernels(512, 8), plain));
  CHECK_FALSE(isWorthWinograd(image, kernels(64, 24), plain));  // in two groups
  CHECK_FALSE(isWorthWinograd(image.slice(0, 0, 1), weights, plain));
  CHECK_FALSE(isWorthWinograd(image, weights, {{2, 2}, {1, 1}, {1, 1}}));
  CHECK_FALSE(isWorthWinograd(image, weights, {{1, 1}, {2, 2}, {2, 2}}));
  CHECK_FALSE(isWorthWinograd(image, weights, {{1, 1}, {3, 1}, {1, 1}}));
  CHECK_FALSE(isWorthWinograd(image.to(torch::kFloat64), weights, plain));
  CHECK_FALSE(isWorthWinograd(image, weights.detach(), plain));
  const torch::NoGradGuard predicting;
  CHECK_FALSE(isWorthWinograd(image, weights, plain));
}

TEST_CASE("cpu: gradients of bilinear resizing are LibTorch's") {
  torch::manual_seed(6);
  for (const bool alignCorners : {false, true}) {
    for (const TargetSize size : {TargetSize{10, 14}, {3, 4}, {1, 1}, {5, 29}, {50, 70}, {1, 9}}) {
      for (const std::vector<std::int64_t>& shape :
           {std::vector<std::int64_t>{2, 3, 5, 7}, {9, 16, 20, 31}, {1, 1, 1, 2}}) {
        INFO(shape[2] << "x" << shape[3] << " to " << size.height << "x" << size.width << ", "
                      << alignCorners);
        const Run run = [&](const Tensors& in) {
          return resizeBilinear(in[0], size, alignCorners);
        };
        requireAlike(run, run, {torch::randn(shape)});  // in doubles it is LibTorch's own
      }
    }
  }
}

TEST_CASE("cpu: cross-entropy per pixel and its gradients are LibTorch's") {
  torch::manual_seed(7);
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2, 4, 5, 7}, {3, 2, 61, 80}, {1, 19, 1, 33}}) {
    INFO(shape[1] << " classes, " << shape[2] << "x" << shape[3]);
    torch::Tensor target =
        torch::randint(0, shape[1], {shape[0], shape[2], shape[3]}, torch::kInt64);
    target.masked_fill_(torch::rand(target.sizes()) < 0.2, kVoidLabel);
    target.view({-1})[0] = shape[1] - 1;
    const Run run = [&](const Tensors& in) { return pixelCrossEntropy(in[0], target); };
    requireAlike(run, run, {torch::randn(shape) * 5});  // in doubles it is LibTorch's own
    target.view({-1})[3] = shape[1];
    CHECK_THROWS_WITH(run({torch::randn(shape)}),
                      Catch::Matchers::ContainsSubstring("label " + std::to_string(shape[1])));
  }
}

TEST_CASE("cpu: loops of our own have as many threads as LibTorch's, and meet every number once") {
  const int before = torch::get_num_threads();
  torch::set_num_threads(2);
  // Who met which number.
  const auto parts = [](std::int64_t count, std::int64_t values) {
    std::vector<std::thread::id> by(static_cast<std::size_t>(count));
    std::vector<int> times(static_cast<std::size_t>(count));
    eachOnTorchThreads(count, values, [&](std::int64_t i) {
      ++times[static_cast<std::size_t>(i)];
      by[static_cast<std::size_t>(i)] = std::this_thread::get_id();
    });
    CHECK(times == std::vector<int>(static_cast<std::size_t>(count), 1));
    // How many stand side by side by one thread, of each thread.
    std::vector<int> lengths;
    for (std::size_t i = 0; i < by.size(); ++i) {
      if (i == 0 || by[i] != by[i - 1]) lengths.push_back(0);
      ++lengths.back();
    }
    return lengths;
  };
  CHECK(parts(7, 1 << 15) == std::vector<int>{4, 3});
  CHECK(parts(7, 1 << 12) == std::vector<int>{7});  // not worth a second one
  CHECK(parts(1, 1 << 20) == std::vector<int>{1});
  CHECK(parts(3, 0) == std::vector<int>{3});
  CHECK(parts(0, 1).empty());
  torch::set_num_threads(before);
}

TEST_CASE("cpu: a transposed convolution with weights that stand still") {
  const Transposition by{{2, 2}, {0, 0}, {0, 0}, {1, 1}, 1};
  const torch::Tensor image = torch::randn({1, 3, 6, 6}).requires_grad_(true);
  const torch::Tensor weights = torch::randn({3, 2, 2, 2});
  quickTransposedConv(image, weights, torch::Tensor(), by).sum().backward();
  const torch::Tensor wanted = weights.sum({1, 2, 3}).view({1, 3, 1, 1}).expand({1, 3, 6, 6});
  CHECK((image.grad() - wanted).abs().max().item<double>() < 1e-5);
}
