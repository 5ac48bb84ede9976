#include "native/train/losses/pixels.h"

#include <stdexcept>

namespace limbus {

torch::Tensor pixelCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target) {
  if (at::globalContext().deterministicAlgorithms()) {  // CUDA has no such nll_loss
    const torch::Tensor logP = torch::log_softmax(logits, 1);
    return -(logP * oneHot(target, logP)).sum(1);
  }
  return torch::nll_loss_nd(torch::log_softmax(logits, 1), target, {}, at::Reduction::None,
                            kVoidLabel);
}

torch::Tensor validMean(const torch::Tensor& perPixel, const torch::Tensor& target) {
  return perPixel.sum() / validPixels(target).sum().clamp_min(1);
}

torch::Tensor oneHot(const torch::Tensor& target, const torch::Tensor& like) {
  const torch::Tensor valid = validPixels(target).unsqueeze(1);  // [N,1,H,W]
  const torch::Tensor label = target.unsqueeze(1).masked_fill(~valid, 0);
  return torch::zeros_like(like).scatter(1, label, valid.to(like.dtype()));
}

void describeActivation(OptionVisitor& v, Activation& activation) {
  v.choice("activation", activation,
           {{Activation::softmax, "softmax"}, {Activation::sigmoid, "sigmoid"}},
           "probabilities over the classes, or of each class by itself");
}

torch::Tensor probabilities(const LossInput& input, Activation activation) {
  const torch::Tensor& logits = input.logits();
  const torch::Tensor p =
      activation == Activation::softmax ? torch::softmax(logits, 1) : torch::sigmoid(logits);
  return p * validPixels(input.target).unsqueeze(1);
}

void describeWeights(OptionVisitor& v, std::vector<double>& weights) {
  v.numbers("weights", weights, {0, 1e6}, "of the classes, in their order; none: all alike");
}

torch::Tensor classWeights(const std::vector<double>& weights, const torch::Tensor& like) {
  const std::int64_t classes = like.size(1);
  if (weights.empty()) return torch::ones({classes}, like.options());
  if (static_cast<std::int64_t>(weights.size()) != classes) {
    throw std::invalid_argument("weights: " + std::to_string(weights.size()) + " of them for " +
                                std::to_string(classes) + " classes");
  }
  if (!like.is_cuda()) return torch::tensor(weights, like.scalar_type());
  // Made on the device: a copy from here would make it wait, which no CUDA graph can record.
  const torch::Tensor values = torch::empty({classes}, like.options());
  for (std::int64_t k = 0; k < classes; ++k) {
    values[k].fill_(weights[static_cast<std::size_t>(k)]);
  }
  return values;
}

torch::Tensor pixelWeights(const torch::Tensor& weights, const torch::Tensor& target) {
  const torch::Tensor valid = validPixels(target);
  return weights.index_select(0, target.masked_fill(~valid, 0).reshape(-1)).view_as(target) * valid;
}

}  // namespace limbus
