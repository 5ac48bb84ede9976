#include "native/train/losses/rows.h"

namespace limbus {
namespace {

torch::Tensor crossEntropy(const LossInput& input, const NoOptions&) {
  return validMean(pixelCrossEntropy(input.logits(), input.target), input.target);
}

}  // namespace

LossRow crossEntropyRow() {
  return {"ce", "cross-entropy, mean over the pixels", NoOptions{}, typed<crossEntropy>};
}

}  // namespace limbus
