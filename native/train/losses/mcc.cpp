// Abhishek and Hamarneh, "Matthews correlation coefficient loss", 2021: 1 - MCC of the soft counts
// of every class against the others, over the whole batch.
#include "native/train/losses/overlap.h"

namespace limbus {
namespace {

constexpr double kRootFloor = 1e-12;  // of counts that are shares of all pixels

// Of shares of all pixels of an image or a batch, whose correlation may be negative.
struct CorrelationOptions : OverlapOptions {
  void describe(OptionVisitor& v) {
    describeAll(v, false);
    v.require(reduce == Reduce::mean || reduce == Reduce::sum, "reduce", "mean or sum");
    v.require(hardestPx == 0, "hardestPx", "0: a correlation is of all pixels");
  }
};

torch::Tensor correlation(const LossInput& input, const CorrelationOptions& options) {
  const torch::Tensor pixels = validPixels(input.target).sum().clamp_min(1);
  const torch::Tensor counted =
      options.perImage ? validPixels(input.target).sum({1, 2}).clamp_min(1).view({-1, 1}) : pixels;
  return overlapLoss(input, options, [&](const Areas& areas) {
    const torch::Tensor hit = areas.shared / counted;
    const torch::Tensor said = areas.predicted / counted, is = areas.truth / counted;
    const torch::Tensor root = (said * is * (1 - said) * (1 - is) + kRootFloor).sqrt();
    return 1 - (hit - said * is) / root;  // TP TN - FP FN, in shares
  });
}

}  // namespace

LossRow correlationRow() {
  return {"mcc", "1 - Matthews correlation coefficient, mean over all classes",
          CorrelationOptions{}, typed<correlation>};
}

}  // namespace limbus
