// How a step computes: in which numbers, in which layout, from how many batches.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "native/train/device.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/executor/resize.h"
#include "native/train/files/checkpoint.h"
#include "native/train/parameter_groups.h"
#include "native/train/step.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/graph/builder.h"
#include "shared/nets/nets.h"
#include "small_runs.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;

namespace {

DeviceBatch someBatch(int seed, std::int64_t images = 2) {
  torch::manual_seed(seed);
  return {.images = torch::randn({images, 1, 32, 48}),
          .target = torch::randint(0, 4, {images, 32, 48}, torch::kInt64)};
}

double largest(const torch::Tensor& difference) {
  return difference.detach().abs().max().item<double>();
}

// A network without dropout, at its start.
struct Learned {
  Executor net;
  Optimizer optimizer;
  Step step;
  Tensors gradients;  // of the last step

  explicit Learned(StepOptions options, const char* name = "eye-s")
      : net(buildNet(chosen(nets(), name), {1, 4}).value(), 3),
        optimizer(chosen(optimizers(), "adamw"), net.learned(), groupsOf(net.graph(), {})),
        step(net, Loss(), optimizer, options) {
    net.train();
    if (options.channelsLast) net.channelsLast();
    step.afterBackward = [this](const Tensors& seen) {
      gradients.clear();
      for (const torch::Tensor& gradient : seen) gradients.push_back(gradient.clone());
    };
  }
};

const Rates kStill{.lr = 0, .beta1 = std::nullopt};

}  // namespace

TEST_CASE("step: several batches make one step by the mean of their gradients") {
  const DeviceBatch one = someBatch(1), other = someBatch(2);
  Learned learned({});
  const double lossOfOne = learned.step(one, kStill).item<double>();
  const Tensors ofOne = learned.gradients;
  const double lossOfOther = learned.step(other, kStill).item<double>();
  const Tensors ofOther = learned.gradients;
  const double loss = learned.step(std::vector<DeviceBatch>{one, other}, kStill).item<double>();
  CHECK_THAT(loss, WithinAbs((lossOfOne + lossOfOther) / 2, 1e-5));
  for (std::size_t i = 0; i < ofOne.size(); ++i) {
    CHECK(largest((ofOne[i] + ofOther[i]) / 2 - learned.gradients[i]) < 1e-5);
  }
  CHECK(learned.optimizer.state().step == 3);
}

TEST_CASE("step: channels last gives the gradients of planes") {
  const DeviceBatch batch = someBatch(3);
  Learned planes({}), last({.channelsLast = true});
  const double expected = planes.step(batch, kStill).item<double>();
  CHECK_THAT(last.step(batch, kStill).item<double>(), WithinAbs(expected, 1e-5));
  for (std::size_t i = 0; i < planes.gradients.size(); ++i) {
    CHECK(largest(planes.gradients[i] - last.gradients[i]) <
          1e-3 * std::max(1.0, largest(planes.gradients[i])));
  }
  const Weights ones = planes.net.weights(), others = last.net.weights();
  for (const Parameter& parameter : planes.net.graph().parameters) {
    if (!parameter.learned) continue;  // running statistics differ in their last bits
    CHECK(ones.at(parameter.name).values == others.at(parameter.name).values);
  }
}

TEST_CASE("step: bfloat16 computes near float32, and learns") {
  const DeviceBatch batch = someBatch(4);
  Learned full({}), mixed({.precision = Precision::bfloat16});
  const double expected = full.step(batch, kStill).item<double>();
  const double loss = mixed.step(batch, kStill).item<double>();
  CHECK(loss != expected);
  CHECK_THAT(loss, WithinAbs(expected, 0.05));
  CHECK(mixed.gradients[0].scalar_type() == torch::kFloat32);
  double last = loss;
  for (int i = 0; i < 20; ++i) last = mixed.step(batch, {.lr = 1e-2}).item<double>();
  CHECK(last < 0.9 * loss);
}

TEST_CASE("loss scale: halved by an overflow, doubled after many sound steps, never below 1") {
  LossScale scale;
  scale.after(false);
  CHECK(scale.factor == 32768);
  for (std::int64_t i = 0; i < LossScale::kGrowAfter - 1; ++i) scale.after(true);
  CHECK(scale.factor == 32768);
  scale.after(true);
  CHECK(scale.factor == 65536);
  CHECK(scale.soundSteps == 0);
  scale.factor = 1;
  scale.after(false);
  CHECK(scale.factor == 1);
}

TEST_CASE("loss scale: a checkpoint holds it where there is one") {
  ScratchFolder scratch;
  SavedRun run;
  run.recipeJson = "{}";
  run.lossScale = {.factor = 512, .soundSteps = 17};
  run.skipped = {3, 0};
  REQUIRE(writeSavedRun(scratch / "a.safetensors", run));
  CHECK(readSavedRun(scratch / "a.safetensors")->lossScale == run.lossScale);
  CHECK(readSavedRun(scratch / "a.safetensors")->skipped == run.skipped);
  run.lossScale = {};
  REQUIRE(writeSavedRun(scratch / "b.safetensors", run));
  CHECK(readSavedRun(scratch / "b.safetensors")->lossScale == LossScale());
}

TEST_CASE("train: float16 on a CPU is refused with what to do") {
  ScratchFolder scratch;
  const Result<TrainSummary> summary =
      train(requestFor(scratch / "run", {"epochs=1", "precision=\"float16\""}));
  REQUIRE(!summary);
  CHECK_THAT(summary.error().message, ContainsSubstring("set precision=bfloat16"));
}

TEST_CASE("train: batches that accumulate make fewer steps") {
  ScratchFolder scratch;
  trained(requestFor(scratch / "plain", {"epochs=1", "batch=2"}));
  trained(requestFor(scratch / "run", {"epochs=1", "batch=2", "accumulate=2"}));
  const auto stepsOf = [&](const char* run) {
    return readSavedRun(scratch / run / "last.safetensors").value().step;
  };
  REQUIRE(stepsOf("plain") > 1);
  CHECK(stepsOf("run") == stepsOf("plain") / 2);
}

TEST_CASE("resize: what deterministic runs gather is what LibTorch interpolates") {
  torch::manual_seed(11);
  for (const bool alignCorners : {false, true}) {
    for (const TargetSize size : {TargetSize{10, 14}, {3, 4}, {1, 1}, {5, 29}}) {
      const torch::Tensor x = torch::randn({2, 3, 5, 7}).requires_grad_();
      const torch::Tensor expected =
          torch::upsample_bilinear2d(x, {size.height, size.width}, alignCorners);
      const torch::Tensor weights = torch::randn_like(expected);
      const torch::Tensor slope = torch::autograd::grad({(expected * weights).sum()}, {x})[0];
      useDeterministicAlgorithms();
      const torch::Tensor gathered = resizeBilinear(x, size, alignCorners);
      const torch::Tensor own = torch::autograd::grad({(gathered * weights).sum()}, {x})[0];
      at::globalContext().setDeterministicAlgorithms(false, false);
      CHECK(largest(gathered - expected) < 1e-5);
      CHECK(largest(own - slope) < 1e-5);
    }
  }
}

TEST_CASE("adaptiveAvgPool: the bins that deterministic runs cut out are LibTorch's") {
  torch::manual_seed(12);
  for (const auto& [rows, columns] : {std::pair(6, 3), std::pair(1, 1), std::pair(4, 9)}) {
    Builder b("bins", 3);
    Executor net(
        b.finish(b.adaptiveAvgPool(b.input(), "pool", {std::int64_t{rows}, std::int64_t{columns}})),
        1);
    const torch::Tensor x = torch::randn({2, 3, 11, 8}).requires_grad_();
    const torch::Tensor expected = torch::adaptive_avg_pool2d(x, {rows, columns});
    const torch::Tensor weights = torch::randn_like(expected);
    const torch::Tensor slope = torch::autograd::grad({(expected * weights).sum()}, {x})[0];
    useDeterministicAlgorithms();
    const torch::Tensor cut = net.forward(x)[0];
    const torch::Tensor own = torch::autograd::grad({(cut * weights).sum()}, {x})[0];
    at::globalContext().setDeterministicAlgorithms(false, false);
    REQUIRE(cut.sizes() == expected.sizes());
    CHECK(largest(cut - expected) < 1e-5);
    CHECK(largest(own - slope) < 1e-5);
  }
}

TEST_CASE("cuda graphs: without CUDA there is none, and no memory of it") {
  if (torch::cuda::is_available()) SKIP("this machine has CUDA");
  CHECK(peakCudaBytes(torch::kCPU) == 0);
  const OwnStream stream(torch::kCPU);  // changes nothing
  CHECK(torch::ones({2}).sum().item<float>() == 2);
}
