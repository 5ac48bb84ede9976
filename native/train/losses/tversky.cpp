// Salehi et al., "Tversky loss", 2017; with an exponent Abraham and Khan, "A novel focal Tversky
// loss", 2019.
#include "native/train/losses/overlap.h"

namespace limbus {
namespace {

constexpr double kLeastBase = 1e-12;  // keeps the gradient of x^gamma finite at 0 for gamma < 1

struct TverskyOptions : OverlapOptions {
  double alpha = 0.3;
  double beta = 0.7;
  double gamma = 1;

  void describe(OptionVisitor& v) {
    v.number("alpha", alpha, {0, 10}, "what a false positive costs");
    v.number("beta", beta, {0, 10}, "what a false negative costs");
    v.number("gamma", gamma, {0.1, 10}, "exponent; focal Tversky has 0.75");
    OverlapOptions::describe(v);
  }
};

torch::Tensor tversky(const LossInput& input, const TverskyOptions& options) {
  return overlapLoss(input, options, [&](const Areas& areas) {
    const torch::Tensor wrong = options.alpha * (areas.predicted - areas.shared) +
                                options.beta * (areas.truth - areas.shared);
    const torch::Tensor index =
        (areas.shared + options.smooth) /
        (areas.shared + wrong + std::max(options.smooth, kDenominatorFloor));
    if (options.gamma == 1) return 1 - index;
    return (1 - index).clamp_min(kLeastBase).pow(options.gamma);
  });
}

}  // namespace

LossRow tverskyRow() {
  return {"tversky", "Tversky index, false positives and negatives weighted; focal with gamma",
          TverskyOptions{}, typed<tversky>};
}

}  // namespace limbus
