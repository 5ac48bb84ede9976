// 1 - (I + s) / (U - I + s), U the sum of both areas, and its logarithm.
#include "native/train/losses/overlap.h"

namespace limbus {
namespace {

torch::Tensor jaccard(const LossInput& input, const OverlapOptions& options) {
  return overlapLoss(input, options, [&](const Areas& areas) {
    const torch::Tensor united = areas.truth + areas.predicted - areas.shared;
    return 1 -
           (areas.shared + options.smooth) / (united + std::max(options.smooth, kDenominatorFloor));
  });
}

struct LogJaccardOptions : OverlapOptions {
  LogJaccardOptions() { smooth = 1e-15; }

  void describe(OptionVisitor& v) {
    OverlapOptions::describe(v);
    v.require(reduce != Reduce::harmonic, "reduce", "harmonic is for losses of at most 1");
  }
};

// -log of the soft Jaccard index (Iglovikov and Shvets, "TernausNet", 2018).
torch::Tensor logJaccard(const LossInput& input, const LogJaccardOptions& options) {
  const double smooth = std::max(options.smooth, 1e-30);
  return overlapLoss(input, options, [&](const Areas& areas) {
    const torch::Tensor united = areas.truth + areas.predicted - areas.shared;
    return torch::log(united + smooth) - torch::log(areas.shared + smooth);
  });
}

}  // namespace

LossRow jaccardRow() {
  return {"jaccard", "soft intersection over union over the batch, mean over all classes",
          OverlapOptions{}, typed<jaccard>};
}

LossRow logJaccardRow() {
  return {"log-jaccard", "-log of the soft intersection over union; as in ce*0.7+log-jaccard*0.3",
          LogJaccardOptions{}, typed<logJaccard>};
}

}  // namespace limbus
