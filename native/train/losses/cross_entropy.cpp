#include "native/train/losses/rows.h"

namespace limbus {
namespace {

torch::Tensor crossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                           const NoOptions&) {
  return validMean(pixelCrossEntropy(logits, target), target);
}

}  // namespace

LossRow crossEntropyRow() {
  return {"ce", "cross-entropy, mean over the pixels", NoOptions{}, typed<crossEntropy>, false};
}

}  // namespace limbus
