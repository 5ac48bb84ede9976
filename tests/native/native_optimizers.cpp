#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>

#include "chosen.h"
#include "native/train/optimizers.h"
#include "native_catch.h"

using namespace limbus;
using Catch::Matchers::WithinAbs;

namespace {

torch::Tensor leaf(double value) {
  return torch::tensor({value}, torch::kFloat64).requires_grad_(true);
}

void setGradient(torch::Tensor& parameter, double gradient) {
  parameter.mutable_grad() = torch::full_like(parameter.detach(), gradient);
}

std::unique_ptr<Optimizer> make(const Named& named, std::vector<torch::Tensor> parameters,
                                bool decayAll = true,
                                std::optional<Lookahead> lookahead = std::nullopt) {
  const auto choice = choose(optimizers(), "optimizer", named);
  REQUIRE(choice);
  std::vector<ParameterGroup> groups;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    groups.push_back({.members = {i}, .decays = decayAll || parameters[i].dim() > 1});
  }
  return std::make_unique<Optimizer>(*choice, std::move(parameters), groups, lookahead);
}

}  // namespace

TEST_CASE("optimizers: adamw by hand, momentum driven by the schedule") {
  torch::Tensor w = leaf(2.0);
  const auto optimizer = make({"adamw", {{"weightDecay", 0.1}, {"eps", 0}}}, {w});
  // Step 1, beta1 0.9: m = 0.1 g, v = 0.001 g^2; corrected m / sqrt v = 1 for any g > 0.
  setGradient(w, 4.0);
  optimizer->step({0.5, 0.9});
  const double first = 2.0 * (1 - 0.5 * 0.1) - 0.5;
  CHECK_THAT(w.item<double>(), WithinAbs(first, 1e-12));
  // Step 2, beta1 0.8: m = 0.8 * 0.4 + 0.2 * 2; correction 1 - 0.8^2.
  setGradient(w, 2.0);
  optimizer->step({0.25, 0.8});
  const double m = (0.8 * 0.4 + 0.2 * 2.0) / (1 - 0.64);
  const double v = (0.999 * 0.016 + 0.001 * 4.0) / (1 - 0.999 * 0.999);
  CHECK_THAT(w.item<double>(),
             WithinAbs(first * (1 - 0.25 * 0.1) - 0.25 * m / std::sqrt(v), 1e-12));
}

TEST_CASE("optimizers: sgd by hand") {
  torch::Tensor plain = leaf(1.0);
  const auto sgd = make({"sgd", {{"momentum", 0.5}, {"weightDecay", 0.1}}}, {plain});
  setGradient(plain, 2.0);
  sgd->step({0.1, std::nullopt});  // slope 2.1, velocity 2.1
  CHECK_THAT(plain.item<double>(), WithinAbs(1.0 - 0.21, 1e-12));
  setGradient(plain, 2.0);
  sgd->step({0.1, std::nullopt});  // slope 2.079, velocity 1.05 + 2.079
  CHECK_THAT(plain.item<double>(), WithinAbs(0.79 - 0.3129, 1e-12));

  torch::Tensor ahead = leaf(1.0);
  const auto nesterov = make({"sgd", {{"momentum", 0.5}, {"nesterov", true}}}, {ahead});
  setGradient(ahead, 2.0);
  nesterov->step({0.1, std::nullopt});  // velocity 2; step by 2 + 0.5 * 2
  CHECK_THAT(ahead.item<double>(), WithinAbs(1.0 - 0.3, 1e-12));
}

TEST_CASE("optimizers: adamw and adam equal LibTorch's own over many steps") {
  torch::manual_seed(1);
  const torch::Tensor start = torch::randn({5, 3}, torch::kFloat64);
  for (const bool decoupled : {true, false}) {
    torch::Tensor ours = start.clone().requires_grad_(true);
    torch::Tensor theirs = start.clone().requires_grad_(true);
    const auto optimizer = make({decoupled ? "adamw" : "adam", {{"weightDecay", 0.02}}}, {ours});
    std::unique_ptr<torch::optim::Optimizer> reference;
    if (decoupled) {
      reference = std::make_unique<torch::optim::AdamW>(
          std::vector<torch::Tensor>{theirs},
          torch::optim::AdamWOptions(0.03).betas({0.95, 0.999}).weight_decay(0.02));
    } else {
      reference = std::make_unique<torch::optim::Adam>(
          std::vector<torch::Tensor>{theirs},
          torch::optim::AdamOptions(0.03).betas({0.95, 0.999}).weight_decay(0.02));
    }
    for (int i = 0; i < 50; ++i) {
      for (auto* w : {&ours, &theirs}) {
        w->mutable_grad() = torch::Tensor();
        ((*w * *w).sum() + w->sin().sum()).backward();
      }
      optimizer->step({0.03, std::nullopt});
      reference->step();
    }
    CHECK((ours - theirs).abs().max().item<double>() < 1e-10);
    CHECK((ours - start).abs().max().item<double>() > 0.1);
  }
}

// Constant gradient 1, momentum 0: v grows by (1 - alpha) (1 - v).
TEST_CASE("optimizers: rmsprop by hand") {
  torch::Tensor w = leaf(1.0);
  const auto optimizer = make({"rmsprop", {{"alpha", 0.75}, {"eps", 0}}}, {w});
  setGradient(w, 1.0);
  optimizer->step({0.1, std::nullopt});  // v = 0.25
  CHECK_THAT(w.item<double>(), WithinAbs(1 - 0.1 / 0.5, 1e-12));
  setGradient(w, 1.0);
  optimizer->step({0.1, 0.5});  // v = 0.4375; velocity 2 * 0.5 + 1 / sqrt v
  CHECK_THAT(w.item<double>(), WithinAbs(0.8 - 0.1 * (1 + 1 / std::sqrt(0.4375)), 1e-12));
}

// beta2 = 0.9: longest = 19; the length of the average passes 5 at step 6 (5.086 with 0.9^6).
TEST_CASE("optimizers: radam waits, then is rectified") {
  torch::Tensor w = leaf(0.0);
  const auto optimizer = make({"radam", {{"beta1", 0.5}, {"beta2", 0.9}, {"eps", 0}}}, {w});
  double expected = 0;
  for (int t = 1; t <= 8; ++t) {
    setGradient(w, 3.0);
    optimizer->step({0.1, std::nullopt});
    // The corrected mean is 3 and the corrected root is 3 for a gradient that stays.
    const double power = std::pow(0.9, t), length = 19 - 2 * t * power / (1 - power);
    expected -= length <= 5
                    ? 0.1 * 3
                    : 0.1 * std::sqrt((length - 4) * (length - 2) * 19 / (15.0 * 17.0 * length));
    INFO("step " << t << " length " << length);
    CHECK_THAT(w.item<double>(), WithinAbs(expected, 1e-12));
  }
}

// Gradient 1, rate 0.1: fast 0.9, 0.8; slow goes half of the way from 1 to 0.8.
TEST_CASE("optimizers: lookahead goes back to slow weights") {
  torch::Tensor w = leaf(1.0);
  const auto optimizer =
      make({"sgd", {{"momentum", 0}}}, {w}, true, Lookahead{.every = 2, .share = 0.5});
  const std::vector<double> expected = {0.9, 0.9, 0.8, 0.8};
  for (double value : expected) {
    setGradient(w, 1.0);
    optimizer->step({0.1, std::nullopt});
    CHECK_THAT(w.item<double>(), WithinAbs(value, 1e-12));
  }
  CHECK_THAT(optimizer->state().slots.at("slow")[0].item<double>(), WithinAbs(0.8, 1e-12));
}

TEST_CASE("optimizers: groups have rates of their own, and wait as long as they are told") {
  torch::Tensor slow = leaf(1.0), late = leaf(1.0);
  const auto choice = choose(optimizers(), "optimizer", {"adam", {{"eps", 0}}});
  REQUIRE(choice);
  Optimizer optimizer(*choice, {slow, late},
                      {{.members = {0}, .rate = 0.1}, {.members = {1}, .stillSteps = 2}});
  for (int i = 0; i < 3; ++i) {
    for (torch::Tensor* w : {&slow, &late}) setGradient(*w, 2.0);
    optimizer.step({0.5, std::nullopt});
    if (i == 1) CHECK(late.item<double>() == 1.0);
  }
  CHECK_THAT(slow.item<double>(), WithinAbs(1 - 3 * 0.05, 1e-12));
  CHECK_THAT(late.item<double>(), WithinAbs(0.5, 1e-12));  // as a first step of Adam goes
}

// As where PyTorch's GradScaler, or a loop of one's own, calls no optimiser.
TEST_CASE("optimizers: what is skipped counts for neither Adam's corrections nor lookahead") {
  for (const OptimizerRow& row : optimizers()) {
    INFO(row.name);
    const auto trained = [&](bool skips) {
      torch::Tensor early = leaf(1.0), late = leaf(1.0);
      const auto choice = choose(optimizers(), "optimizer", {row.name});
      REQUIRE(choice);
      Optimizer optimizer(*choice, {early, late},
                          {{.members = {0}}, {.members = {1}, .stillSteps = skips ? 2 : 1}},
                          Lookahead{.every = 2, .share = 0.5});
      for (int i = 0; i < 4; ++i) {
        if (skips && (i == 1 || i == 3)) {
          optimizer.begin({0.1, std::nullopt});
          optimizer.skip();
        }
        for (torch::Tensor* w : {&early, &late}) setGradient(*w, 1.0 + i);
        optimizer.step({0.1, std::nullopt});
      }
      CHECK(optimizer.state().step == (skips ? 6 : 4));
      return std::pair(early.item<double>(), late.item<double>());
    };
    CHECK(trained(true) == trained(false));
  }
}

TEST_CASE("optimizers: factors in tensors give what numbers give, to the rounding") {
  std::vector<Named> all = {{"sgd", {{"nesterov", true}}}};
  for (const OptimizerRow& row : optimizers()) all.push_back({row.name, {{"weightDecay", 0.1}}});
  for (const Named& named : all) {
    INFO(named.json().dump());
    const auto trained = [&](bool inTensors) {
      torch::manual_seed(1);
      const torch::Tensor w = torch::randn({4, 3}, torch::kFloat64).requires_grad_(true);
      const auto optimizer = make(named, {w});
      if (inTensors) optimizer->keepFactorsInTensors();
      for (int i = 0; i < 20; ++i) {
        optimizer->zeroGradients();
        ((w * w).sum() + w.sin().sum()).backward();
        optimizer->step({0.01 + 0.002 * i, 0.9 - 0.01 * i});
      }
      return w.detach();
    };
    const torch::Tensor numbers = trained(false), tensors = trained(true);
    CHECK((numbers - tensors).abs().max().item<double>() < 1e-12);
  }
}

TEST_CASE("optimizers: every row finds the bottom of a bowl") {
  for (const OptimizerRow& row : optimizers()) {
    INFO(row.name);
    torch::Tensor a = leaf(3.0), b = leaf(-2.0);
    const auto optimizer = make({row.name, {{"weightDecay", 0}}}, {a, b});
    for (int i = 0; i < 1000; ++i) {
      optimizer->zeroGradients();
      ((a - 1).pow(2) + 4 * (b - 0.5).pow(2)).sum().backward();
      optimizer->step({0.02, std::nullopt});
    }
    CHECK_THAT(a.item<double>(), WithinAbs(1.0, 0.02));
    CHECK_THAT(b.item<double>(), WithinAbs(0.5, 0.02));
    CHECK(optimizer->state().step == 1000);
    for (const char* slot : row.slots) CHECK(optimizer->state().slots.at(slot).size() == 2);
  }
}

TEST_CASE("optimizers: a parameter without a gradient only decays") {
  torch::Tensor used = leaf(1.0), unused = leaf(1.0);
  const auto optimizer = make({"adamw", {{"weightDecay", 0.1}}}, {used, unused});
  setGradient(used, 1.0);
  optimizer->step({0.5, std::nullopt});
  CHECK_THAT(unused.item<double>(), WithinAbs(0.95, 1e-12));
}

TEST_CASE("optimizers: norms, biases and slopes decay only where all do") {
  for (const OptimizerRow& row : optimizers()) {
    for (const bool decayAll : {false, true}) {
      INFO(row.name << " decayAll " << decayAll);
      torch::Tensor bias = torch::ones({2}, torch::kFloat64).requires_grad_(true);
      torch::Tensor weight = torch::ones({2, 1, 1, 1}, torch::kFloat64).requires_grad_(true);
      const auto optimizer = make({row.name, {{"weightDecay", 0.1}}}, {bias, weight}, decayAll);
      optimizer->step({0.5, std::nullopt});  // gradients are zero
      CHECK(weight.max().item<double>() < 0.96);
      CHECK((bias.min().item<double>() == 1.0) == !decayAll);
    }
  }
}

TEST_CASE("optimizers: unknown names are told what is known") {
  const auto unknown = choose(optimizers(), "optimizer", {"adamW"});
  REQUIRE(!unknown);
  CHECK(unknown.error().message ==
        "optimizer.name: unknown optimizer 'adamW'; known: adamw, adam, radam, rmsprop, sgd; did "
        "you mean 'adamw'?");
}
