// What losses have in common: the pixels that count, what they weigh, and how logits become
// probabilities.
#pragma once

#include <string>
#include <vector>

#include "native/train/losses.h"

namespace limbus {

inline torch::Tensor validPixels(const torch::Tensor& target) { return target != kVoidLabel; }

// -log softmax of the true class per pixel [N,H,W], zero where void.
torch::Tensor pixelCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target);

// Mean over the pixels that are not void; 0 when all are.
torch::Tensor validMean(const torch::Tensor& perPixel, const torch::Tensor& target);

// [N,K,H,W], of the type of `like`: 1 at the true class, nothing but zeros where void.
torch::Tensor oneHot(const torch::Tensor& target, const torch::Tensor& like);

// What makes probabilities of logits: over the classes, or of each class by itself.
enum class Activation { softmax, sigmoid };
void describeActivation(OptionVisitor& v, Activation& activation);
// [N,K,H,W], zero where void.
torch::Tensor probabilities(const LossInput& input, Activation activation);

void describeWeights(OptionVisitor& v, std::vector<double>& weights);
// [K], of the type of `like`; none stand for ones. Throws std::invalid_argument where there are not
// K of them.
torch::Tensor classWeights(const std::vector<double>& weights, const torch::Tensor& like);
// [N,H,W]: the weight of the true class, 0 where void.
torch::Tensor pixelWeights(const torch::Tensor& weights, const torch::Tensor& target);

}  // namespace limbus
