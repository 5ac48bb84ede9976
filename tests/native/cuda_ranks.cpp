// What NCCL does for a rank that is alone: every call goes through it, and changes nothing. Several
// need as many GPUs; what they compute is Gloo's (native_ranks.cpp).
#include <c10/util/Exception.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cuda_device.h"
#include "native/train/executor/executor.h"
#include "native/train/losses.h"
#include "native/train/parameter_groups.h"
#include "native/train/ranks/ranks.h"
#include "native/train/step.h"
#include "shared/nets/nets.h"

using namespace limbus;

namespace {

constexpr int kRankClasses = 4;

std::unique_ptr<Ranks> alone() {
  Result<std::unique_ptr<Ranks>> ranks =
      Ranks::join({.port = static_cast<std::uint16_t>(20000 + ::getpid() % 12000)}, cuda());
  if (!ranks && ranks.error().code == ErrorCode::unsupported) SKIP(ranks.error().message);
  REQUIRE(ranks);
  return std::move(*ranks);
}

// What LibTorch warns of on this thread.
class Warnings : public c10::WarningHandler {
 public:
  std::string text;

 private:
  void process(const c10::Warning& warning) override { text += warning.msg() + "\n"; }
};

}  // namespace

TEST_CASE("cuda: a rank that is alone says and hears its own", "[cuda]") {
  const std::unique_ptr<Ranks> ranks = alone();
  const torch::Tensor values = torch::arange(1000).to(torch::kFloat32).to(torch::kCUDA);
  const torch::Tensor sum = values.clone(), mean = values.clone();
  ranks->sum(sum);
  ranks->average({mean, values.clone()});
  Ranks::Sum early = ranks->startSum(values.clone());
  early.wait();
  for (const torch::Tensor& one : {sum, mean, early.values}) CHECK(torch::equal(one, values));
  CHECK(ranks->fromFirst("eyes") == "eyes");
  CHECK(ranks->fromAll("eyes") == std::vector<std::string>{"eyes"});
  ranks->finish();
}

TEST_CASE("cuda: a rank that is alone trains as without ranks", "[cuda]") {
  const std::unique_ptr<Ranks> ranks = alone();
  const torch::Device device = cuda();
  torch::manual_seed(7);
  const DeviceBatch batch{
      .images = torch::randn({2, 1, 64, 96}).to(device),
      .target = torch::randint(0, kRankClasses, {2, 64, 96}, torch::kInt64).to(device)};
  const auto lossAfterSteps = [&](const Ranks* together) {
    const Graph graph = buildNet(chosen(nets(), "eye-s"), {1, kRankClasses}).value();
    Executor net(graph, 3);
    net.to(device);
    net.train();
    Optimizer optimizer(chosen(optimizers(), "sgd"), net.learned(), groupsOf(graph, {}));
    Step step(net, {.sum = parseLossTerms("ce").value()}, optimizer);
    step.ranks = together;
    double loss = 0;
    for (int i = 0; i < 4; ++i) loss = step(batch, Rates{1e-2, std::nullopt}).item<double>();
    return loss;
  };
  const double plain = lossAfterSteps(nullptr);
  // Batch norms of ranks sum in another way (shared_norm.h).
  CHECK(std::abs(lossAfterSteps(ranks.get()) - plain) < 1e-3 * plain);
  ranks->finish();
}

TEST_CASE("cuda: LibTorch has nothing to warn of when a rank that finished is gone", "[cuda]") {
  Warnings warnings;
  const c10::WarningUtils::WarningHandlerGuard guard(&warnings);
  std::unique_ptr<Ranks> ranks = alone();
  CHECK(ranks->fromFirst("eyes") == "eyes");  // opens a communicator
  ranks->finish();
  ranks.reset();
  CHECK(warnings.text == "");
}
