// 1 - (2 sum(p t) + s) / (sum t + sum p + s): Milletari et al., "V-Net", 2016, without the squares.
#include "native/train/losses/overlap.h"

namespace limbus {
namespace {

torch::Tensor diceOf(const Areas& areas, double smooth) {
  const torch::Tensor total = areas.truth + areas.predicted;
  const torch::Tensor twice = smooth > 0 ? 2 * areas.shared + smooth : 2 * areas.shared;
  return 1 - twice / (total + std::max(smooth, kDenominatorFloor));
}

torch::Tensor dice(const LossInput& input, const OverlapOptions& options) {
  return overlapLoss(input, options,
                     [&](const Areas& areas) { return diceOf(areas, options.smooth); });
}

struct ForegroundOptions {
  double smooth = 1e-5;

  void describe(OptionVisitor& v) {
    v.number("smooth", smooth, {0, 1e6}, {"added above and below the line", "px"});
  }
};

// Dice of "any class but the first", over the whole batch.
torch::Tensor foregroundDice(const LossInput& input, const ForegroundOptions& options) {
  const torch::Tensor p = probabilities(input, Activation::softmax);
  const torch::Tensor t = oneHot(input.target, p);
  const std::int64_t classes = p.size(1);
  const torch::Tensor inside = p.narrow(1, 1, classes - 1).sum(1);
  const torch::Tensor truth = t.narrow(1, 1, classes - 1).sum(1);
  return diceOf({(inside * truth).sum(), inside.sum(), truth.sum()}, options.smooth);
}

struct GeneralisedOptions {
  double areaFloor = 1;

  void describe(OptionVisitor& v) {
    v.number("areaFloor", areaFloor, {1e-9, 1e9},
             {"least squared area: what an absent class counts by; 1e-5 as RITnet had it", "px^2"});
  }
};

// Sudre et al., "Generalised Dice overlap", 2017: classes weigh by the inverse square of their
// area, image by image, mean over the images.
torch::Tensor generalisedDice(const LossInput& input, const GeneralisedOptions& options) {
  const torch::Tensor p = probabilities(input, Activation::softmax);
  const torch::Tensor t = oneHot(input.target, p);
  const std::vector<std::int64_t> overPixels = {2, 3};
  const torch::Tensor area = t.sum(overPixels);  // [N,K]
  const torch::Tensor weights = 1 / area.square().clamp_min(options.areaFloor);
  const torch::Tensor shared = (weights * (p * t).sum(overPixels)).sum(1);
  const torch::Tensor total = (weights * (p.sum(overPixels) + area)).sum(1);
  return (1 - 2 * shared / total.clamp_min(1e-12)).mean();
}

}  // namespace

LossRow diceRow() {
  return {"dice", "soft Dice over the batch, mean over all classes, background included",
          OverlapOptions{}, typed<dice>};
}

LossRow foregroundDiceRow() {
  return {"foreground-dice", "soft Dice of all classes but the first as one", ForegroundOptions{},
          typed<foregroundDice>};
}

LossRow generalisedDiceRow() {
  return {"generalised-dice", "soft Dice with classes weighted by the inverse square of their area",
          GeneralisedOptions{}, typed<generalisedDice>};
}

}  // namespace limbus
