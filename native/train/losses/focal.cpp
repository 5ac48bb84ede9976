// Lin et al., "Focal loss for dense object detection", 2017: alpha (1 - p)^gamma CE.
#include "native/train/losses/pixels.h"

namespace limbus {
namespace {

constexpr double kProbabilityGap =
    1e-12;  // keeps the gradient of x^gamma finite at 0 for gamma < 1

constexpr double kNoLogit = -1e30;  // takes no share of a softmax; finite where all are so

torch::Tensor weigh(const torch::Tensor& gap, const torch::Tensor& crossEntropy, double gamma,
                    double alpha) {
  return alpha * gap.clamp_min(kProbabilityGap).pow(gamma) * crossEntropy;
}

struct LegacyOptions {
  double gamma = 1;
  double alpha = 0.25;

  void describe(OptionVisitor& v) {
    v.number("gamma", gamma, {0, 10}, "exponent of (1 - p)");
    v.number("alpha", alpha, {0, 100}, "weight of the whole term");
  }
};

struct FocalOptions : LegacyOptions {
  Activation activation = Activation::softmax;
  bool detach = false;
  std::vector<double> weights;
  bool weightedMean = false;

  void describe(OptionVisitor& v) {
    LegacyOptions::describe(v);
    describeActivation(v, activation);
    v.flag("detach", detach, "(1 - p)^gamma is a constant for the gradient");
    describeWeights(v, weights);
    v.flag("weightedMean", weightedMean,
           "divide by the pixels' weights, as ce does, not by their number");
  }
};

torch::Tensor focal(const LossInput& input, const FocalOptions& options) {
  const torch::Tensor &logits = input.logits(), &target = input.target;
  const bool sigmoid = options.activation == Activation::sigmoid;
  const torch::Tensor crossEntropy =
      sigmoid ? torch::binary_cross_entropy_with_logits(logits, oneHot(target, logits), {}, {},
                                                        at::Reduction::None) *
                    validPixels(target).unsqueeze(1)
              : pixelCrossEntropy(logits, target);
  torch::Tensor gap = -torch::expm1(-crossEntropy);  // 1 - p of the true answer
  if (options.detach) gap = gap.detach();
  torch::Tensor value = weigh(gap, crossEntropy, options.gamma, options.alpha);
  if (options.weights.empty()) return validMean(sigmoid ? value.mean(1) : value, target);
  const torch::Tensor weights = classWeights(options.weights, logits);
  const torch::Tensor ofPixels = pixelWeights(weights, target);
  value = sigmoid ? (value * weights.view({1, -1, 1, 1})).mean(1) : value * ofPixels;
  return options.weightedMean ? value.sum() / ofPixels.sum().clamp_min(1e-12)
                              : validMean(value, target);
}

// p is a softmax over the pixels of the true-class logits, not over the classes: p is about 1 / N
// and the loss about alpha * CE. Kept because published results were reached with it.
torch::Tensor focalLegacy(const LossInput& input, const LegacyOptions& options) {
  const torch::Tensor &logits = input.logits(), &target = input.target;
  const torch::Tensor valid = validPixels(target);
  const torch::Tensor label = target.masked_fill(~valid, 0).unsqueeze(1);
  const torch::Tensor trueLogit = logits.gather(1, label).squeeze(1).masked_fill(~valid, kNoLogit);
  const torch::Tensor p = torch::softmax(trueLogit.flatten(), 0).view_as(target);
  return validMean(weigh(1 - p, pixelCrossEntropy(logits, target), options.gamma, options.alpha),
                   target);
}

}  // namespace

LossRow focalRow() {
  return {"focal",
          "focal loss: alpha (1 - p)^gamma CE, p over the classes, or of each class by sigmoid",
          FocalOptions{}, typed<focal>};
}

LossRow focalLegacyRow() {
  return {"focal-legacy", "as focal, with p over the pixels (OpenEDS 2019, 2nd place, as run)",
          LegacyOptions{}, typed<focalLegacy>};
}

}  // namespace limbus
