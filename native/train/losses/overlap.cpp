#include "native/train/losses/overlap.h"

namespace limbus {
namespace {

Areas sumsOf(const LossInput& input, const OverlapOptions& options) {
  const torch::Tensor p = probabilities(input, options.activation);  // [N,K,H,W]
  const torch::Tensor t = oneHot(input.target, p);
  const std::vector<std::int64_t> over =
      options.perImage ? std::vector<std::int64_t>{2, 3} : std::vector<std::int64_t>{0, 2, 3};
  return {(p * t).sum(over), p.sum(over), t.sum(over)};
}

}  // namespace

void OverlapOptions::describe(OptionVisitor& v) {
  describeActivation(v, activation);
  v.flag("perImage", perImage, "areas of one image, and the mean over the images; or of the batch");
  v.choice("reduce", reduce,
           {{Reduce::mean, "mean"}, {Reduce::sum, "sum"}, {Reduce::pooled, "pooled"}},
           "mean or sum over the classes, or one ratio of the areas of all of them");
  v.number("smooth", smooth, {0, 1e6}, {"added above and below the line", "px"});
  v.flag("background", background, "class 0 takes part");
  v.number("leastPx", leastPx, {0, 1e9},
           {"a class counts 0 where the truth has fewer of it", "px"});
  describeWeights(v, weights);
}

torch::Tensor overlapLoss(const LossInput& input, const OverlapOptions& options,
                          const std::function<torch::Tensor(const Areas& areas)>& lossOf) {
  Areas areas = sumsOf(input, options);
  const std::int64_t classes = input.logits().size(1);
  const bool plain = options.background && options.weights.empty();
  torch::Tensor weights;  // [K]
  if (!plain) {
    weights = classWeights(options.weights, input.logits()).clone();
    if (!options.background) weights[0] = 0;
  }
  if (options.reduce == OverlapOptions::Reduce::pooled) {
    for (torch::Tensor* area : {&areas.shared, &areas.predicted, &areas.truth}) {
      *area = (plain ? *area : *area * weights).sum(-1);
    }
    return lossOf(areas).mean();
  }
  torch::Tensor values = lossOf(areas);  // [K] or [N,K]
  if (options.leastPx > 0) values = values * (areas.truth >= options.leastPx);
  const bool sum = options.reduce == OverlapOptions::Reduce::sum;
  if (plain) return sum ? values.mean() * classes : values.mean();
  const torch::Tensor whole = (values * weights).sum(-1).mean();
  return sum ? whole : whole / weights.sum().clamp_min(1e-12);
}

}  // namespace limbus
