// What every loss file needs: the row it defines, and the pixels that count.
#pragma once

#include "native/train/losses.h"

namespace limbus {

LossRow crossEntropyRow();
LossRow diceRow();
LossRow focalRow();
LossRow focalLegacyRow();

// -log softmax of the true class per pixel [N,H,W], zero where void.
inline torch::Tensor pixelCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target) {
  return torch::nll_loss_nd(torch::log_softmax(logits, 1), target, {}, at::Reduction::None,
                            kVoidLabel);
}

inline torch::Tensor validPixels(const torch::Tensor& target) { return target != kVoidLabel; }

// Mean over the pixels that are not void; 0 when all are.
inline torch::Tensor validMean(const torch::Tensor& perPixel, const torch::Tensor& target) {
  return perPixel.sum() / validPixels(target).sum().clamp_min(1);
}

}  // namespace limbus
