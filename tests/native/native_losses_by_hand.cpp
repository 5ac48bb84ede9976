// Losses of three pixels, worked out by hand.
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>
#include <set>

#include "loss_inputs.h"

using namespace limbus;
using namespace limbus::samples;
using Catch::Matchers::WithinAbs;

namespace {

// Where logits log p are large, against a teacher that looks at all labelled pixels alike.
double square(double value) { return value * value; }
const std::vector<double> kLooks = {square(std::log(0.75)) + square(std::log(0.25)),
                                    2 * square(std::log(0.5)),
                                    square(std::log(0.2)) + square(std::log(0.8))};
double awayFrom(const std::vector<double>& looks) {
  double sum = 0, squares = 0;
  for (const double look : looks) {
    sum += look;
    squares += look * look;
  }
  return 2 - 2 * sum / std::sqrt(squares * static_cast<double>(looks.size()));
}
const double kAttention3 = awayFrom(kLooks), kAttention2 = awayFrom({kLooks[0], kLooks[1]});

struct LossByHand {
  Named loss;
  std::vector<std::int64_t> labels;
  double expected;
};

const double kCe2 = -(std::log(0.75) + std::log(0.5)) / 2;                  // labels 0, 1, void
const double kCe3 = -(std::log(0.75) + std::log(0.5) + std::log(0.8)) / 3;  // labels 0, 1, 1

// Dice, labels 0, 1, 1: class 0: p = .75 .5 .2, t = 1 0 0: 1 - 2 * .75 / (1 + 1.45)
//                       class 1: p = .25 .5 .8, t = 0 1 1: 1 - 2 * 1.3 / (2 + 1.55)
const double kDice3 = ((1 - 1.5 / (2.45 + 1e-6)) + (1 - 2.6 / (3.55 + 1e-6))) / 2;
const double kDice2 = ((1 - 1.5 / (2.25 + 1e-6)) + (1 - 1.0 / (1.75 + 1e-6))) / 2;  // third void

const double kFocal3 =
    -0.25 * (0.25 * std::log(0.75) + 0.5 * std::log(0.5) + 0.2 * std::log(0.8)) / 3;
const double kFocalGamma2 =
    -0.5 * (0.0625 * std::log(0.75) + 0.25 * std::log(0.5)) / 2;  // alpha .5, third void

// Legacy: true-class logits are log .75, log .5, log .8; their softmax is .75, .5, .8 over 2.05.
const double kLegacy3 = -0.25 *
                        ((1 - 0.75 / 2.05) * std::log(0.75) + (1 - 0.5 / 2.05) * std::log(0.5) +
                         (1 - 0.8 / 2.05) * std::log(0.8)) /
                        3;

// The same for each class by itself: sigmoid(log p) = p / (1 + p). Of the true answer, class by
// class:
const std::vector<double> kSigmoids = {3.0 / 7, 0.8, 2.0 / 3, 1.0 / 3, 5.0 / 6, 4.0 / 9};

// Mean over the first `count` of them.
double meanOfSigmoids(std::size_t count, double (*value)(double p)) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += value(kSigmoids[i]);
  return sum / static_cast<double>(count);
}

// Areas for labels 0, 1, 1: class 0 has I .75, p 1.45, t 1; class 1 has I 1.3, p 1.55, t 2.
double dice(double shared, double predicted, double truth, double smooth, double floor) {
  return 1 - (2 * shared + smooth) / (predicted + truth + floor);
}
const double kSigmoidDice = dice(3.0 / 7, 3.0 / 7 + 1.0 / 3 + 1.0 / 6, 1, 1e-3, 1e-3) +
                            dice(1.0 / 3 + 4.0 / 9, 0.2 + 1.0 / 3 + 4.0 / 9, 2, 1e-3, 1e-3);
const double kDice0 = dice(0.75, 1.45, 1, 0, 1e-6), kDice1 = dice(1.3, 1.55, 2, 0, 1e-6);

// Weights 1 / (K p) of the shares 1/3 and 2/3: 3/2 and 3/4.
const double kBalanced = -(1.5 * std::log(0.75) + 0.75 * (std::log(0.5) + std::log(0.8))) / 3;
// Median 3/4 of 2/3 and 5/6, the shares in the images that hold a class: 9/8 and 9/10.
const double kMedian = -(1.125 * std::log(0.75) + 0.9 * (std::log(0.5) + std::log(0.8))) / 2.925;

double tversky(double shared, double wrong) { return 1 - shared / (shared + wrong + 1e-6); }
// False positives .7 and .25, false negatives .25 and .7.
const double kTversky0 = tversky(0.75, 0.3 * 0.7 + 0.7 * 0.25);
const double kTversky1 = tversky(1.3, 0.3 * 0.25 + 0.7 * 0.7);

double correlation(double hit, double said, double is) {
  return 1 - (hit - said * is) / std::sqrt(said * is * (1 - said) * (1 - is) + 1e-12);
}

// Lovasz-softmax. Class 0: errors .5 (t 0), .25 (t 1), .2 (t 0) add 1/2, 1/2, 0;
// class 1: .5 (t 1), .25 (t 0), .2 (t 1) add 1/2, 1/6, 1/3.
const double kLovasz = (0.375 + 0.25 + 0.25 / 6 + 0.2 / 3) / 2;
// Hinge. Class 0: 1 - log .75 (t 1) is all there is to lose; class 1: both of its pixels, half
// each.
const double kHinge = (1 - std::log(0.75) + (1 - std::log(0.5)) / 2 + (1 - std::log(0.8)) / 2) / 2;

// Against the teacher of inputOf(): labels 0, 1, 1 and the third one void.
double soft(double right, double ofRight, double ofWrong) {
  return -(right * std::log(ofRight) + (1 - right) * std::log(ofWrong));
}
const double kDistill2 = (soft(0.75, 0.75, 0.25) + soft(0.75, 0.5, 0.5)) / 2;
const double kDistill3 = (2 * kDistill2 + soft(0.75, 0.8, 0.2)) / 3;
// At temperature 2 odds are square roots of what they were.
double cooled(double p) { return std::sqrt(p) / (std::sqrt(p) + std::sqrt(1 - p)); }
const double kDistillT2 =
    4 *
    (soft(cooled(0.75), cooled(0.75), cooled(0.25)) + soft(cooled(0.75), 0.5, 0.5) +
     soft(cooled(0.75), cooled(0.8), cooled(0.2))) /
    3;

const std::vector<LossByHand> kLossesByHand = {
    {{"ce", {}}, {0, 1, 1}, kCe3},
    {{"ce", {}}, {0, 1, 255}, kCe2},
    {{"dice", {}}, {0, 1, 1}, kDice3},
    {{"dice", {}}, {0, 1, 255}, kDice2},
    {{"focal", {}}, {0, 1, 1}, kFocal3},
    {{"focal", {{"gamma", 0}, {"alpha", 1}}}, {0, 1, 1}, kCe3},
    {{"focal", {{"gamma", 2}, {"alpha", 0.5}}}, {0, 1, 255}, kFocalGamma2},
    {{"focal-legacy", {}}, {0, 1, 1}, kLegacy3},
    {{"dice+focal/10", {}}, {0, 1, 1}, kDice3 + kFocal3 / 10},
    {{"dice + focal-legacy/10", {}}, {0, 1, 1}, kDice3 + kLegacy3 / 10},
    {{"ce+dice", {}}, {0, 1, 255}, kCe2 + kDice2},
    {{"ce", {{"weights", {2, 1}}}},
     {0, 1, 1},
     -(2 * std::log(0.75) + std::log(0.5) + std::log(0.8)) / 4},
    {{"ce", {{"smoothing", 0.1}}},
     {0, 1, 1},
     0.9 * kCe3 - 0.05 * (std::log(0.75 * 0.25) + std::log(0.5 * 0.5) + std::log(0.2 * 0.8)) / 3},
    {{"ce", {{"smoothing", 0.1}, {"weights", {0, 1}}}}, {0, 255, 255}, 0},  // nothing weighs
    {{"ce-balanced", {{"by", "inverse"}}}, {0, 1, 1}, kBalanced},
    {{"ce-balanced", {}}, {0, 1, 1}, kMedian},
    {{"ce-balanced", {{"by", "log"}}},
     {0, 1, 255},
     -(std::log(0.75) / std::log(1.02 + 1.0 / 3) + std::log(0.5) / std::log(1.02 + 2.0 / 3)) /
         (1 / std::log(1.02 + 1.0 / 3) + 1 / std::log(1.02 + 2.0 / 3))},
    {{"ohem", {}}, {0, 1, 1}, -std::log(0.5)},
    {{"ohem", {{"least", 0.7}}}, {0, 1, 1}, kCe2},
    {{"ohem", {{"threshold", 1}}}, {0, 1, 1}, kCe3},
    {{"boundary-ce", {}},
     {0, 1, 1},
     -(21 * std::log(0.75) + 21 * std::log(0.5) + std::log(0.8)) / 3},
    {{"boundary-ce", {{"weight", 3}, {"dilate", 1}}}, {0, 1, 1}, 4 * kCe3},
    {{"separation-ce", {}}, {0, 1, 1}, kCe3},  // one part: nothing to keep apart
    // Between two parts: 1 px from each.
    {{"separation-ce", {}},
     {1, 0, 1},
     -(std::log(0.25) + (1 + 10 * std::exp(-4.0 / 50)) * std::log(0.5) + std::log(0.8)) / 3},
    {{"separation-ce", {{"weight", 3}, {"sigma", 1}, {"weights", {2, 1}}}},
     {1, 0, 1},
     -(std::log(0.25) + (2 + 3 * std::exp(-2.0)) * std::log(0.5) + std::log(0.8)) / 3},
    {{"bce", {}}, {0, 1, 1}, meanOfSigmoids(6, [](double p) { return -std::log(p); })},
    {{"bce", {}}, {0, 1, 255}, meanOfSigmoids(4, [](double p) { return -std::log(p); })},
    {{"focal", {{"gamma", 2}, {"alpha", 1}, {"activation", "sigmoid"}}},
     {0, 1, 1},
     meanOfSigmoids(6, [](double p) { return -(1 - p) * (1 - p) * std::log(p); })},
    {{"focal", {{"weights", {2, 1}}, {"detach", true}}},
     {0, 1, 1},
     -0.25 * (0.5 * std::log(0.75) + 0.5 * std::log(0.5) + 0.2 * std::log(0.8)) / 3},
    {{"focal", {{"weights", {2, 1}}, {"weightedMean", true}}},
     {0, 1, 1},
     -0.25 * (0.5 * std::log(0.75) + 0.5 * std::log(0.5) + 0.2 * std::log(0.8)) / 4},
    {{"dice", {{"activation", "sigmoid"}, {"reduce", "sum"}, {"smooth", 1e-3}}},
     {0, 1, 1},
     kSigmoidDice},
    {{"dice", {{"reduce", "pooled"}, {"smooth", 1}}}, {0, 1, 1}, dice(2.05, 3, 3, 1, 1)},
    {{"dice", {{"background", false}}}, {0, 1, 1}, kDice1},
    {{"dice", {{"leastPx", 1.5}}}, {0, 1, 1}, kDice1 / 2},
    {{"dice", {{"weights", {3, 1}}}}, {0, 1, 1}, (3 * kDice0 + kDice1) / 4},
    // Both classes are furthest from the truth at the second pixel, then at the first.
    {{"dice", {{"hardestPx", 1}}},
     {0, 1, 1},
     (dice(0, 0.5, 0, 0, 1e-6) + dice(0.5, 0.5, 1, 0, 1e-6)) / 2},
    {{"dice", {{"hardestPx", 2}, {"perImage", true}}},
     {0, 1, 1},
     (dice(0.75, 1.25, 1, 0, 1e-6) + dice(0.5, 0.75, 1, 0, 1e-6)) / 2},
    {{"dice", {{"hardestPx", 9}}}, {0, 1, 255}, kDice2},
    // Class 1 has 2 pixels of truth, of which one is compared.
    {{"dice", {{"hardestPx", 1}, {"leastPx", 1.5}}}, {0, 1, 1}, dice(0.5, 0.5, 1, 0, 1e-6) / 2},
    {{"dice", {{"reduce", "pooled"}, {"leastPx", 1.5}}}, {0, 1, 1}, kDice1},
    {{"dice", {{"insideOnly", true}}},
     {0, 1, 1},
     (dice(0.75, 0.75, 1, 0, 1e-6) + dice(1.3, 1.3, 2, 0, 1e-6)) / 2},
    {{"dice", {{"reduce", "harmonic"}}}, {0, 1, 1}, 1 - 2 / (1 / (1 - kDice0) + 1 / (1 - kDice1))},
    {{"dice", {{"reduce", "harmonic"}, {"weights", {3, 1}}}},
     {0, 1, 1},
     1 - 4 / (3 / (1 - kDice0) + 1 / (1 - kDice1))},
    // Class 0 has 1 pixel of truth and 1.45 of prediction.
    {{"dice", {{"emptyPx", 1.4}}}, {0, 1, 1}, (kDice0 + kDice1) / 2},
    {{"dice", {{"emptyPx", 1.5}}}, {0, 1, 1}, kDice1 / 2},
    {{"dice", {{"emptyPx", 1.5}, {"reduce", "harmonic"}}}, {0, 1, 1}, kDice1},
    {{"dice", {{"weights", {3, 1}}, {"reduce", "sum"}}}, {0, 1, 1}, 3 * kDice0 + kDice1},
    {{"foreground-dice", {}}, {0, 1, 1}, dice(1.3, 1.55, 2, 1e-5, 1e-5)},
    {{"generalised-dice", {}}, {0, 1, 1}, 1 - 2 * (0.75 + 1.3 / 4) / (1.45 + 1 + (1.55 + 2) / 4)},
    {{"jaccard", {}}, {0, 1, 1}, 1 - (0.75 / (1.7 + 1e-6) + 1.3 / (2.25 + 1e-6)) / 2},
    {{"log-jaccard", {}}, {0, 1, 1}, (std::log(1.7 / 0.75) + std::log(2.25 / 1.3)) / 2},
    {{"tversky", {}}, {0, 1, 1}, (kTversky0 + kTversky1) / 2},
    {{"tversky", {{"gamma", 0.75}}},
     {0, 1, 1},
     (std::pow(kTversky0, 0.75) + std::pow(kTversky1, 0.75)) / 2},
    {{"lovasz-softmax", {}}, {0, 1, 1}, kLovasz},
    {{"lovasz-hinge", {}}, {0, 1, 1}, kHinge},
    {{"mcc", {}},
     {0, 1, 1},
     (correlation(0.25, 1.45 / 3, 1.0 / 3) + correlation(1.3 / 3, 1.55 / 3, 2.0 / 3)) / 2},
    // Distances of class 0: 0, 1, 2; of class 1: 1, 0, -1. The diagonal of 3 x 1 pixels is 2.
    {{"surface", {}}, {0, 1, 1}, (0.5 + 2 * 0.2 + 0.25 - 0.8) / 2 / 3 / 2},
    {{"distill", {}}, {0, 1, 1}, kDistill3},
    {{"distill", {}}, {0, 1, 255}, kDistill2},
    {{"distill", {{"temperature", 2}}}, {0, 1, 1}, kDistillT2},
    {{"distill", {{"everywhere", true}}}, {0, 1, 255}, (2 * kDistill2 + soft(0.5, 0.8, 0.2)) / 3},
    {{"attention", {}}, {0, 1, 1}, kAttention3},
    {{"attention", {}}, {0, 1, 255}, kAttention2},
    {{"ce*0.5+dice*2", {}}, {0, 1, 1}, kCe3 / 2 + kDice3 * 2},
};

}  // namespace

TEST_CASE("losses: rows worked out by hand") {
  for (const LossByHand& row : kLossesByHand) {
    INFO(row.loss.name);
    CHECK_THAT(valueOf(row.loss, logitsOf(kPixels), targetOf(row.labels)),
               WithinAbs(row.expected, 1e-9));
  }
}

TEST_CASE("losses: none is without a row worked out by hand") {
  std::set<std::string> worked;
  for (const LossByHand& row : kLossesByHand) worked.insert(row.loss.name);
  for (const LossRow& row : losses()) {
    INFO(row.name);
    CHECK(worked.count(row.name) == 1);
  }
}

TEST_CASE("losses: an auxiliary head counts by its weight, every term at every head") {
  const torch::Tensor main = logitsOf(kPixels);
  const torch::Tensor side = logitsOf({{0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}});
  Result<Loss> loss = lossFrom({"ce*2+dice"});
  REQUIRE(loss);
  const LossInput input{.heads = {main, side}, .target = targetOf({0, 1, 1})};
  // Side: ce = log 2; dice: class 0: 1 - 2 * .5 / (1 + 1.5), class 1: 1 - 2 * 1 / (2 + 1.5).
  const double side1 =
      2 * std::log(2.0) + ((1 - 1.0 / (2.5 + 1e-6)) + (1 - 2.0 / (3.5 + 1e-6))) / 2;
  CHECK_THAT((*loss)(input).item<double>(), WithinAbs(2 * kCe3 + kDice3 + 0.4 * side1, 1e-9));
  loss->auxiliaryWeight = 0;
  CHECK_THAT((*loss)(input).item<double>(), WithinAbs(2 * kCe3 + kDice3, 1e-9));
}

// RITnet's: generalised Dice fades out over 125 epochs and is whole afterwards.
TEST_CASE("losses: weights that change over the run") {
  const Json ramp = {{"term", "dice"}, {"epochs", {0, 124, 125}}, {"weights", {0.992, 0, 1}}};
  const Result<Loss> loss = lossFrom({"ce+dice*2", {{"ramps", Json::array({ramp})}}});
  REQUIRE(loss);
  const auto diceAt = [&](int epoch) {
    LossInput input = inputOf(logitsOf(kPixels), targetOf({0, 1, 1}));
    input.epoch = epoch;
    return ((*loss)(input).item<double>() - kCe3) / (2 * kDice3);
  };
  CHECK_THAT(diceAt(0), WithinAbs(0.992, 1e-9));
  CHECK_THAT(diceAt(62), WithinAbs(0.496, 1e-9));
  CHECK_THAT(diceAt(124), WithinAbs(0, 1e-9));
  CHECK_THAT(diceAt(125), WithinAbs(1, 1e-9));
  CHECK_THAT(diceAt(999), WithinAbs(1, 1e-9));
  const Json written = writeOptions(loss->sum);
  CHECK(written.at("ramps").at(0) == ramp);
}
