// Every class against all others: binary cross-entropy of its logit, mean over pixels and classes.
#include "native/train/losses/pixels.h"

namespace limbus {
namespace {

struct BinaryOptions {
  std::vector<double> weights;

  void describe(OptionVisitor& v) { describeWeights(v, weights); }
};

torch::Tensor binaryCrossEntropy(const LossInput& input, const BinaryOptions& options) {
  const torch::Tensor& logits = input.logits();
  const torch::Tensor t = oneHot(input.target, logits);
  const torch::Tensor valid = validPixels(input.target).unsqueeze(1);
  const torch::Tensor weights = classWeights(options.weights, logits).view({1, -1, 1, 1});
  const torch::Tensor perPixel =
      (torch::binary_cross_entropy_with_logits(logits, t, {}, {}, at::Reduction::None) * valid *
       weights)
          .mean(1);  // [N,H,W]
  return validMean(perPixel, input.target);
}

}  // namespace

LossRow binaryCrossEntropyRow() {
  return {"bce", "binary cross-entropy of every class against the others, by sigmoid",
          BinaryOptions{}, typed<binaryCrossEntropy>};
}

}  // namespace limbus
