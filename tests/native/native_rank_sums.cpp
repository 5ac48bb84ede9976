// What ranks compute as one: gradients that travel, batch norms that are shared.
#include <future>

#include "native/train/parameter_groups.h"
#include "native/train/ranks/ranks.h"
#include "native/train/ranks/shared_gradients.h"
#include "native/train/ranks/shared_norm.h"
#include "native/train/step.h"
#include "native_catch.h"
#include "ranks_training.h"
#include "shared/graph/builder.h"

using namespace limbus;

TEST_CASE("ranks: a shared batch norm in 16 bits is rounded once") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  const auto port = static_cast<std::uint16_t>(std::stoi(somePort(2)));
  const auto ranks = Ranks::join({.rank = 0, .size = 1, .port = port}).value();
  torch::manual_seed(1);
  const torch::Tensor image = (5 + torch::randn({4, 3, 8, 8})).to(torch::kBFloat16);
  const auto parametersOf = [] {
    return Tensors{torch::full({3}, 0.7), torch::full({3}, 0.1), torch::zeros({3}),
                   torch::ones({3})};
  };
  const Tensors own = parametersOf(), theirs = parametersOf();
  const torch::Tensor shared = sharedBatchNorm(image, own, 0.1, 1e-5, *ranks);
  const torch::Tensor plain = torch::batch_norm(image.to(torch::kFloat32), theirs[0], theirs[1],
                                                theirs[2], theirs[3], true, 0.1, 1e-5, false);
  CHECK(shared.scalar_type() == torch::kBFloat16);
  CHECK(torch::allclose(shared.to(torch::kFloat32), plain, 1.0 / 256, 1e-6));
  CHECK(torch::allclose(own[3], theirs[3], 1e-4, 1e-5));
  // Channels of one value: a variance of 0, whatever the rounding of squares makes of it.
  const torch::Tensor level =
      torch::linspace(16, 40, 300).view({1, 300, 1, 1}).expand({2, 300, 1, 1});
  const Tensors flat = {torch::ones({300}), torch::zeros({300}), torch::zeros({300}),
                        torch::ones({300})};
  CHECK(torch::isfinite(sharedBatchNorm(level, flat, 0.1, 1e-5, *ranks)).all().item<bool>());
  ranks->finish();
}

TEST_CASE("ranks: gradients travel while others are computed, and become the mean") {
  if (!canTrainTogether()) SKIP("this LibTorch has no Gloo");
  // Without batch norms, which are shared by the process: here ranks are threads.
  Builder b("plain", 1);
  ValueId x = b.input();
  for (const char* name : {"a", "b", "c", "d"}) {
    x = b.conv(x, name, {.out = 256, .kernel = 3, .padding = 1, .bias = true});
  }
  const Graph graph = b.finish(b.conv(x, "classifier", {.out = 2, .bias = true}));
  const auto batchOf = [](int rank) {
    const torch::Tensor images = torch::linspace(-1, 1, 64).view({1, 1, 8, 8}) * (rank + 1);
    return DeviceBatch{.images = images, .target = (images[0] > 0.2).to(torch::kInt64)};
  };
  const auto gradientsOf = [&](int rank, const Ranks* ranks) {
    Executor net(graph, 3);
    net.train();
    Optimizer optimizer(chosen(optimizers(), "sgd"), net.learned(), groupsOf(graph, {}));
    Step step(net, {.sum = parseLossTerms("ce").value()}, optimizer);
    step.ranks = ranks;
    Tensors seen;
    step.afterBackward = [&](const Tensors& gradients) {
      for (const torch::Tensor& gradient : gradients) seen.push_back(gradient.clone());
    };
    step(batchOf(rank), {0.1, std::nullopt});
    return seen;
  };
  const auto port = static_cast<std::uint16_t>(std::stoi(somePort(3)));
  struct Seen {
    Tensors gradients;
    int early = 0;
    bool sameByHand = false;
  };
  const auto asRank = [&](int rank) {
    const auto ranks = Ranks::join({.rank = rank, .size = 2, .port = port}).value();
    Seen seen{.gradients = gradientsOf(rank, ranks.get())};
    Executor net(graph, 3);
    SharedGradients shared(*ranks, net.learned());
    shared.begin();
    const DeviceBatch batch = batchOf(rank);
    torch::nn::functional::cross_entropy(net.forward(batch.images)[0], batch.target).backward();
    shared.finish();
    seen.early = shared.early();
    seen.sameByHand = torch::allclose(net.learned()[0].grad(), seen.gradients[0], 1e-5, 1e-8);
    ranks->finish();
    return seen;
  };
  auto other = std::async(std::launch::async, [&] { return asRank(1); });
  const Seen one = asRank(0), two = other.get();
  CHECK(one.early >= 3);
  CHECK(two.early == one.early);
  CHECK(one.sameByHand);
  CHECK(two.sameByHand);
  const Tensors first = gradientsOf(0, nullptr), second = gradientsOf(1, nullptr);
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(torch::equal(one.gradients[i], two.gradients[i]));
    CHECK(torch::allclose(one.gradients[i], (first[i] + second[i]) / 2, 1e-5, 1e-8));
  }
}
