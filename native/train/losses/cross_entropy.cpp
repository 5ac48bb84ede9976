// Cross-entropy and what weighs its pixels.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "native/train/losses/pixels.h"

namespace limbus {
namespace {

// Mean of -log p, each pixel by the weight of its class, as PyTorch divides it; with `smoothing`, a
// share of the target is spread over all classes (Szegedy et al., "Rethinking the Inception
// architecture", 2016).
torch::Tensor weighted(const LossInput& input, const torch::Tensor& weights, double smoothing) {
  const torch::Tensor logP = torch::log_softmax(input.logits(), 1);  // [N,K,H,W]
  const torch::Tensor ofPixels = pixelWeights(weights, input.target);
  const torch::Tensor sum = ofPixels.sum(), whole = sum.clamp_min(1e-12);
  const torch::Tensor truth =
      -(logP * oneHot(input.target, logP) * weights.view({1, -1, 1, 1})).sum() / whole;
  if (smoothing == 0) return truth;
  const torch::Tensor valid = validPixels(input.target).unsqueeze(1);
  const torch::Tensor even = -(logP * weights.view({1, -1, 1, 1}) * valid).sum() / whole;
  // Of pixels that weigh nothing there is nothing to learn: their even share is no loss either.
  const torch::Tensor share =
      (sum > 0).to(logP.scalar_type()) * (smoothing / static_cast<double>(logP.size(1)));
  return truth * (1 - smoothing) + even * share;
}

struct CrossEntropyOptions {
  std::vector<double> weights;
  double smoothing = 0;

  void describe(OptionVisitor& v) {
    describeWeights(v, weights);
    v.number("smoothing", smoothing, {0, 0.99}, "share of the target spread over all classes");
  }
};

torch::Tensor crossEntropy(const LossInput& input, const CrossEntropyOptions& options) {
  if (options.weights.empty() && options.smoothing == 0) {
    return validMean(pixelCrossEntropy(input.logits(), input.target), input.target);
  }
  return weighted(input, classWeights(options.weights, input.logits()), options.smoothing);
}

// How a class weighs that has the share p of all pixels, and f of those of the images that hold it.
enum class Balance { inverse, median, logarithm };

struct BalancedOptions {
  Balance by = Balance::median;
  double smoothing = 0;

  void describe(OptionVisitor& v) {
    v.choice(
        "by", by,
        {{Balance::inverse, "inverse"}, {Balance::median, "median"}, {Balance::logarithm, "log"}},
        "weight of a class with the share p of the training pixels: 1 / (K p); median f / f, f its "
        "share in the images that hold it (Eigen and Fergus, 2015); 1 / ln(1.02 + p) (ENet, 2016)");
    v.number("smoothing", smoothing, {0, 0.99}, "share of the target spread over all classes");
  }
};

// Of the values that are `present`; of an even number the mean of the two in the middle, of none 0.
torch::Tensor medianOf(const torch::Tensor& values, const torch::Tensor& present) {
  const torch::Tensor others = torch::full_like(values, std::numeric_limits<double>::quiet_NaN());
  return torch::nan_to_num(torch::nanquantile(torch::where(present, values, others), 0.5), 0.0);
}

torch::Tensor balancedCrossEntropy(const LossInput& input, const BalancedOptions& options) {
  if (!input.shares.defined()) throw std::invalid_argument("ce-balanced lacks the class shares");
  const torch::Tensor shares = input.shares.to(input.logits().device(), torch::kFloat64);
  const torch::Tensor p = shares[0], f = shares[1];  // [K]
  const torch::Tensor present = p > 0;               // a class that is nowhere weighs nothing
  const torch::Tensor floored = p.clamp_min(1e-12);
  torch::Tensor weights;
  switch (options.by) {
    case Balance::inverse:
      weights = 1 / (floored * present.sum().clamp_min(1));
      break;
    case Balance::median:
      weights = medianOf(f, present) / f.clamp_min(1e-12);
      break;
    case Balance::logarithm:
      weights = 1 / torch::log(p + 1.02);
      break;
  }
  return weighted(input, (weights * present).to(input.logits().scalar_type()), options.smoothing);
}

struct OnlineHardOptions {
  double threshold = 0.7;
  double least = 0.0625;

  void describe(OptionVisitor& v) {
    v.number("threshold", threshold, {0, 1}, "pixels whose true class is below it are hard");
    v.number("least", least, {0, 1}, "share of the pixels that counts at the least, the hardest");
  }
};

// Mean cross-entropy of the hard pixels alone (Shrivastava et al., "Online hard example mining",
// 2016; threshold and least share as light segmentation networks use them since BiSeNet, 2018).
torch::Tensor onlineHard(const LossInput& input, const OnlineHardOptions& options) {
  const torch::Tensor all = pixelCrossEntropy(input.logits(), input.target);
  const torch::Tensor valid = validPixels(input.target);
  // The hardest first, void ones behind; tensors all the way: counting would wait for the device.
  const torch::Tensor ranked = all.detach().masked_fill(~valid, -1).flatten();
  const torch::Tensor sorted = std::get<0>(ranked.sort(0, /*descending=*/true));
  const torch::Tensor share = options.least * valid.sum().to(torch::kFloat64);
  const torch::Tensor least = share.to(torch::kInt64).clamp_min(1) - 1;
  const torch::Tensor hardest = sorted.index_select(0, least.view({1}));
  const double bound = -std::log(std::max(options.threshold, 1e-12));
  const torch::Tensor kept = ((all.detach() >= hardest.clamp_max(bound)) & valid).to(all.dtype());
  return (all * kept).sum() / kept.sum().clamp_min(1);
}

struct BoundaryOptions {
  double weight = 20;
  int dilate = 0;

  void describe(OptionVisitor& v) {
    v.number("weight", weight, {0, 1000}, "added to the 1 of every pixel beside another class");
    v.whole("dilate", dilate, {0, 32}, {"how much further the border reaches", "px"});
  }
};

// CE (1 + weight * border), mean over the pixels, as RITnet (Chaudhary et al., 2019) has it with
// Canny's edges of the label; ours are both sides of every border, whatever the labels' numbers.
torch::Tensor boundaryCrossEntropy(const LossInput& input, const BoundaryOptions& options) {
  const torch::Tensor crossEntropy = pixelCrossEntropy(input.logits(), input.target);
  torch::Tensor border = input.edges.to(crossEntropy.dtype());  // [N,H,W]
  if (options.dilate > 0) {
    const std::int64_t window = 2 * options.dilate + 1;
    border = torch::max_pool2d(border.unsqueeze(1), {window, window}, {1, 1},
                               {options.dilate, options.dilate})
                 .squeeze(1);
  }
  return validMean(crossEntropy * (1 + options.weight * border), input.target);
}

struct SeparationOptions {
  double weight = 10;
  double sigma = 5;
  std::vector<double> weights;

  void describe(OptionVisitor& v) {
    v.number("weight", weight, {0, 1000}, "added where two parts would touch: w0");
    v.number("sigma", sigma, {0.5, kGapReachPx / 4.0},
             {"how far apart parts may lie to be kept apart", "px"});
    describeWeights(v, weights);
  }
};

// CE (w_c + w0 exp(-(d1 + d2)^2 / (2 sigma^2))), mean over the pixels: what lies between two parts
// of the foreground, the more the narrower (Ronneberger et al., "U-Net", 2015).
torch::Tensor separationCrossEntropy(const LossInput& input, const SeparationOptions& options) {
  const torch::Tensor crossEntropy = pixelCrossEntropy(input.logits(), input.target);
  const torch::Tensor gaps = input.gaps.to(crossEntropy.dtype());  // [N,H,W], infinite elsewhere
  const torch::Tensor between = torch::exp(gaps.square() / (-2 * options.sigma * options.sigma));
  const torch::Tensor ofClass =
      pixelWeights(classWeights(options.weights, input.logits()), input.target);
  return validMean(crossEntropy * (ofClass + options.weight * between), input.target);
}

}  // namespace

LossRow crossEntropyRow() {
  return {"ce", "cross-entropy, mean over the pixels; by class weights, with label smoothing",
          CrossEntropyOptions{}, typed<crossEntropy>};
}

LossRow balancedCrossEntropyRow() {
  LossRow row{"ce-balanced",
              "cross-entropy weighted by how rare a class is, counted over the training masks",
              BalancedOptions{}, typed<balancedCrossEntropy>};
  row.needsShares = true;
  return row;
}

LossRow onlineHardRow() {
  return {"ohem", "cross-entropy of the hard pixels alone (online hard example mining)",
          OnlineHardOptions{}, typed<onlineHard>};
}

LossRow boundaryCrossEntropyRow() {
  LossRow row{"boundary-ce", "cross-entropy that counts more along the borders (RITnet)",
              BoundaryOptions{}, typed<boundaryCrossEntropy>};
  row.needs.edges = true;
  return row;
}

LossRow separationCrossEntropyRow() {
  LossRow row{"separation-ce",
              "cross-entropy that counts more between parts that nearly touch (U-Net's weight map)",
              SeparationOptions{}, typed<separationCrossEntropy>};
  row.needs.gaps = true;
  return row;
}

}  // namespace limbus
