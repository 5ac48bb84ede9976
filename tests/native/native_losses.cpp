// What every loss holds to, and how a recipe names it.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>

#include "loss_inputs.h"
#include "shared/options/paths.h"

using namespace limbus;
using namespace limbus::samples;
using Catch::Matchers::WithinAbs;

namespace {

torch::Tensor randomTarget() {
  torch::Tensor target = torch::randint(0, 3, {2, 4, 5}, torch::kInt64);
  target[0][1].fill_(kVoidLabel);
  return target;
}

}  // namespace

// Central differences in double against autograd, every logit.
TEST_CASE("losses: gradients agree with finite differences") {
  constexpr double kStep = 1e-5;
  for (const LossRow& row : losses()) {
    if (row.detaches) continue;
    for (double gamma : {0.5, 1.0, 2.0}) {
      Named named{row.name};
      if (findOption(describeOptions(row.options), "gamma") != nullptr) {
        named.options["gamma"] = gamma;
      }
      INFO(row.name << " gamma " << gamma);
      torch::manual_seed(3);
      const Result<Loss> loss = lossFrom(named);
      REQUIRE(loss);
      const torch::Tensor target = randomTarget();
      torch::Tensor logits = torch::randn({2, 4, 4, 5}, torch::kFloat64).requires_grad_(true);
      (*loss)(inputOf(logits, target)).backward();
      torch::Tensor probe = logits.detach().clone();
      const torch::Tensor flat = probe.view(-1), gradient = logits.grad().view(-1);
      for (std::int64_t i = 0; i < flat.numel(); ++i) {
        const double centre = flat[i].item<double>();
        flat[i] = centre + kStep;
        const double above = (*loss)(inputOf(probe, target)).item<double>();
        flat[i] = centre - kStep;
        const double below = (*loss)(inputOf(probe, target)).item<double>();
        flat[i] = centre;
        CHECK_THAT(gradient[i].item<double>(), WithinAbs((above - below) / (2 * kStep), 1e-8));
      }
    }
  }
}

TEST_CASE("losses: gradients of many pixels are those of doubles") {
  torch::manual_seed(6);
  const torch::Tensor target = torch::randint(0, 2, {1, 768, 768}, torch::kInt64);
  const torch::Tensor logits = torch::randn({1, 2, 768, 768});
  for (const char* name : {"ce", "dice", "lovasz-softmax", "lovasz-hinge"}) {
    INFO(name);
    const Result<Loss> loss = lossFrom({name});
    REQUIRE(loss);
    const auto gradientIn = [&](torch::ScalarType type) {
      torch::Tensor own = logits.to(type, false, true).requires_grad_(true);
      (*loss)({.heads = {own}, .target = target}).backward();
      return own.grad().to(torch::kFloat64);
    };
    const torch::Tensor wanted = gradientIn(torch::kFloat64);
    const torch::Tensor off = gradientIn(torch::kFloat32) - wanted;
    CHECK(off.abs().sum().item<double>() < 1e-4 * wanted.abs().sum().item<double>());
  }
}

TEST_CASE("losses: void pixels take no part") {
  for (const LossRow& row : losses()) {
    INFO(row.name);
    torch::manual_seed(4);
    const Result<Loss> loss = lossFrom({row.name});
    const torch::Tensor target = randomTarget();
    torch::Tensor logits = torch::randn({2, 4, 4, 5}, torch::kFloat64).requires_grad_(true);
    const torch::Tensor value = (*loss)(inputOf(logits, target));
    value.backward();
    const torch::Tensor isVoid = (target == kVoidLabel).unsqueeze(1).expand_as(logits);
    CHECK(logits.grad().masked_select(isVoid).abs().max().item<double>() == 0);
    CHECK(logits.grad().abs().max().item<double>() > 0);
    const torch::Tensor other = torch::where(isVoid, logits.detach() + 5, logits.detach());
    CHECK_THAT((*loss)(inputOf(other, target)).item<double>(),
               WithinAbs(value.item<double>(), 1e-12));
  }
}

TEST_CASE("losses: absent classes, extreme logits and all-void batches stay finite") {
  const torch::Tensor sharp =
      torch::tensor({80.0F, -80.0F, 0.0F, -80.0F, 80.0F, 0.0F}).view({1, 3, 1, 2});
  const std::vector<std::vector<std::int64_t>> targets = {{0, 1}, {1, 0}, {0, 0}, {255, 255}};
  for (const LossRow& row : losses()) {
    for (const auto& labels : targets) {
      INFO(row.name << " labels " << labels[0] << " " << labels[1]);
      torch::Tensor logits = sharp.clone().requires_grad_(true);
      const torch::Tensor value = (*lossFrom({row.name}))(inputOf(logits, targetOf(labels)));
      value.backward();
      CHECK(std::isfinite(value.item<double>()));
      CHECK(torch::isfinite(logits.grad()).all().item<bool>());
    }
  }
}

TEST_CASE("losses: descending on each of them finds the labels") {
  for (const LossRow& row : losses()) {
    INFO(row.name);
    torch::manual_seed(5);
    const Result<Loss> loss = lossFrom({row.name});
    const torch::Tensor target = torch::randint(0, 3, {1, 6, 6}, torch::kInt64);
    torch::Tensor logits = torch::randn({1, 3, 6, 6}).requires_grad_(true);
    torch::optim::Adam optimizer({logits}, torch::optim::AdamOptions(0.1));
    for (int i = 0; i < 150; ++i) {
      optimizer.zero_grad();
      (*loss)(inputOf(logits, target)).backward();
      optimizer.step();
    }
    if (row.needsFeatures) {  // where, not what
      CHECK((*loss)(inputOf(logits, target)).item<double>() < 1e-3);
      continue;
    }
    const torch::Tensor found = logits.argmax(1);
    // Which class is in the foreground, that one does not ask.
    const bool foreground = row.name == std::string("foreground-dice");
    CHECK((foreground ? (found > 0) == (target > 0) : found == target).all().item<bool>());
  }
}

TEST_CASE("losses: an option belongs to its term") {
  const Named sum{"focal+focal-legacy/10",
                  {{"focal", {{"alpha", 0.5}}}, {"focal-legacy", {{"alpha", 2.0}, {"gamma", 3}}}}};
  const Result<Loss> loss = lossFrom(sum);
  REQUIRE(loss);
  const torch::Tensor logits = logitsOf(kPixels), target = targetOf({0, 1, 1});
  CHECK_THAT(
      (*loss)(inputOf(logits, target)).item<double>(),
      WithinAbs(valueOf({"focal", {{"alpha", 0.5}}}, logits, target) +
                    valueOf({"focal-legacy", {{"alpha", 2.0}, {"gamma", 3}}}, logits, target) / 10,
                1e-12));
  // Written out and read back it is the same loss.
  const Json written = writeOptions(loss->sum);
  CHECK(written.at("name") == "focal+focal-legacy/10");
  CHECK(written.at("focal").at("alpha") == 0.5);
  CHECK(written.at("focal-legacy").at("alpha") == 2.0);
  LossTerms again;
  REQUIRE(readOptions(written, "loss", again));
  CHECK(writeOptions(again) == written);
}

TEST_CASE("losses: beside the name an option goes to the one term that knows it") {
  const torch::Tensor logits = logitsOf(kPixels), target = targetOf({0, 1, 1});
  CHECK(valueOf({"dice+focal", {{"alpha", 0.5}}}, logits, target) ==
        valueOf({"dice+focal", {{"focal", {{"alpha", 0.5}}}}}, logits, target));
}

TEST_CASE("losses: what is wrong with a name is said") {
  struct Bad {
    Named named;
    const char* part;
  };
  const std::vector<Bad> rows = {
      {{"dcie"}, "unknown loss 'dcie'; known: ce, ce-balanced, ohem,"},
      {{"dice+focla/10"}, "mcc, surface, distill, attention; did you mean 'focal'?"},
      {{"dice/"}, "needs a number above 0 after '/', got ''"},
      {{"dice/0"}, "needs a number above 0 after '/', got '0'"},
      {{"dice*x"}, "needs a number above 0 after '*', got 'x'"},
      {{""}, "unknown loss ''"},
      {{"ce+"}, "unknown loss ''"},
      {{"ce+dice+ce/2"}, "loss term 'ce' stands twice; give it one weight"},
      {{"ce", {{"gamma", 1}}}, "loss.gamma: unknown key; known: name, ramps, weights, smoothing"},
      {{"dice+focal/10", {{"focal", {{"gama", 1}}}}},
       "loss.focal.gama: unknown key; known: gamma, alpha, activation, detach, weights, "
       "weightedMean; did you "
       "mean 'gamma'?"},
      {{"ce", {{"ramps", Json::array({{{"term", "dice"}, {"epochs", {0}}, {"weights", {1}}}})}}},
       "loss.ramps[0].term: 'dice' is none of ce"},
      {{"ce", {{"ramps", Json::array({{{"term", "ce"}, {"epochs", {0, 1}}, {"weights", {1}}}})}}},
       "loss.ramps[0].weights: expected as many as epochs, and at least one; got 1 for 2"},
      {{"mcc", {{"reduce", "pooled"}}}, "loss.reduce: mean or sum"},
      {{"mcc", {{"hardestPx", 9}}}, "loss.hardestPx: 0: a correlation is of all pixels"},
      {{"mcc", {{"smooth", 1}}}, "loss.smooth: unknown key"},
      {{"log-jaccard", {{"reduce", "harmonic"}}}, "loss.reduce: harmonic is for losses of at"},
      {{"focal", {{"gamma", 99}}}, "loss.gamma: expected a number from 0 to 10, got 99"},
      {{"focal+focal-legacy", {{"alpha", 1}}},
       "'alpha' is an option of focal, focal-legacy; say focal.alpha or focal-legacy.alpha"},
  };
  for (const Bad& bad : rows) {
    const Result<Loss> loss = lossFrom(bad.named);
    REQUIRE(!loss);
    INFO(loss.error().message);
    CHECK(loss.error().message.find(bad.part) != std::string::npos);
  }
}

TEST_CASE("losses: class weights that are not as many as classes are told before training") {
  const Result<Loss> loss = lossFrom({"ce+dice", {{"ce", {{"weights", {1, 2, 3}}}}}});
  REQUIRE(loss);
  CHECK(checkLoss(loss->sum, 3));
  const Result<void> checked = checkLoss(loss->sum, 4);
  REQUIRE(!checked);
  CHECK(checked.error().message == "weights: 3 of them for 4 classes");
}
