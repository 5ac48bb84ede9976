#include "native/train/losses/overlap.h"

namespace limbus {
namespace {

constexpr double kHarmonicFloor = 1e-4;  // of 1 - value: what a class counts by that is all wrong

Areas areasOf(const torch::Tensor& p, const torch::Tensor& t,
              const std::vector<std::int64_t>& over) {
  return {(p * t).sum(over), p.sum(over), t.sum(over)};
}

// [N,K,H,W] as [K,N*H*W], or [N,K,H*W] image by image.
torch::Tensor rowsOf(const torch::Tensor& values, bool perImage) {
  return perImage ? values.flatten(2) : values.transpose(0, 1).flatten(1);
}

// Shrivastava et al., "Training region-based object detectors with online hard example mining",
// 2016, by pixels of each class.
Areas hardestOf(const torch::Tensor& p, const torch::Tensor& t, std::int64_t count) {
  const torch::Tensor hardest =
      std::get<1>((t - p.detach()).abs().topk(std::min(count, p.size(-1)), -1, true, false));
  return areasOf(p.gather(-1, hardest), t.gather(-1, hardest), {-1});
}

// What the classes are compared by, and which of them are there at all ([K] or [N,K]).
struct Counted {
  Areas areas;
  torch::Tensor there;   // undefined: all
  torch::Tensor enough;  // of the truth; undefined: all have
};

Counted countedOf(const LossInput& input, const OverlapOptions& options) {
  torch::Tensor p = probabilities(input, options.activation);  // [N,K,H,W]
  const torch::Tensor t = oneHot(input.target, p);
  if (options.insideOnly) p = p * t;
  const std::vector<std::int64_t> over =
      options.perImage ? std::vector<std::int64_t>{2, 3} : std::vector<std::int64_t>{0, 2, 3};
  Counted counted;
  if (options.hardestPx > 0) {
    counted.areas =
        hardestOf(rowsOf(p, options.perImage), rowsOf(t, options.perImage), options.hardestPx);
  } else {
    counted.areas = areasOf(p, t, over);
  }
  if (options.leastPx > 0) counted.enough = t.sum(over) >= options.leastPx;
  if (options.emptyPx > 0) {
    counted.there =
        (t.sum(over) >= options.emptyPx).logical_or(p.detach().sum(over) >= options.emptyPx);
  }
  return counted;
}

// 1 less the harmonic mean of what each class is short of 1.
torch::Tensor harmonic(const torch::Tensor& values, const torch::Tensor& weights) {
  const torch::Tensor whole = weights.sum(-1);
  const torch::Tensor inverse = (weights / (1 - values).clamp_min(kHarmonicFloor)).sum(-1);
  return (1 - whole / inverse.clamp_min(1e-12)) * (whole > 0);
}

}  // namespace

void OverlapOptions::describe(OptionVisitor& v) { describeAll(v, true); }

void OverlapOptions::describeAll(OptionVisitor& v, bool smoothed) {
  describeActivation(v, activation);
  v.flag("perImage", perImage, "areas of one image, and the mean over the images; or of the batch");
  v.choice("reduce", reduce,
           {{Reduce::mean, "mean"},
            {Reduce::sum, "sum"},
            {Reduce::harmonic, "harmonic"},
            {Reduce::pooled, "pooled"}},
           "mean or sum over the classes; harmonic: 1 less the harmonic mean of 1 - value, which "
           "the worst class decides; pooled: one ratio of the areas of all classes");
  if (smoothed) v.number("smooth", smooth, {0, 1e6}, {"added above and below the line", "px"});
  v.flag("background", background, "class 0 takes part");
  v.number("leastPx", leastPx, {0, 1e9},
           {"a class counts 0, and in a pooled ratio not at all, where the truth has fewer of it",
            "px"});
  v.number("emptyPx", emptyPx, {0, 1e9},
           {"a class counts 0, and in a harmonic mean not at all, where truth and prediction both "
            "have fewer of it",
            "px"});
  v.whole("hardestPx", hardestPx, {0, 1000000000},
          {"areas are of as many pixels alone, those that are furthest from the truth of each "
           "class (online hard pixel mining); 0: of all",
           "px"});
  v.flag("insideOnly", insideOnly, "probabilities count where the truth has the class alone");
  describeWeights(v, weights);
}

torch::Tensor overlapLoss(const LossInput& input, const OverlapOptions& options,
                          const std::function<torch::Tensor(const Areas& areas)>& lossOf) {
  auto [areas, there, enough] = countedOf(input, options);
  const std::int64_t classes = input.logits().size(1);
  const bool plain = options.background && options.weights.empty();
  torch::Tensor weights;  // [K]
  if (!plain) {
    weights = classWeights(options.weights, input.logits()).clone();
    if (!options.background) weights[0] = 0;
  }
  using Reduce = OverlapOptions::Reduce;
  if (options.reduce == Reduce::pooled) {
    for (torch::Tensor* area : {&areas.shared, &areas.predicted, &areas.truth}) {
      for (const torch::Tensor& taken : {there, enough}) {
        if (taken.defined()) *area = *area * taken;
      }
      *area = (plain ? *area : *area * weights).sum(-1);
    }
    return lossOf(areas).mean();
  }
  torch::Tensor values = lossOf(areas);  // [K] or [N,K]
  if (enough.defined()) values = values * enough;
  if (options.reduce == Reduce::harmonic) {
    torch::Tensor each = torch::ones_like(values);
    if (!plain) each = each * weights;
    if (there.defined()) each = each * there;
    return harmonic(values, each).mean();
  }
  if (there.defined()) values = values * there;
  const bool sum = options.reduce == Reduce::sum;
  if (plain) return sum ? values.mean() * classes : values.mean();
  const torch::Tensor whole = (values * weights).sum(-1).mean();
  return sum ? whole : whole / weights.sum().clamp_min(1e-12);
}

}  // namespace limbus
