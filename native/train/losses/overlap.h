// Losses that compare areas: soft counts per class, and how the values of the classes become one.
#pragma once

#include <functional>

#include "native/train/losses/pixels.h"

namespace limbus {

// What `smooth` in a denominator is at least.
constexpr double kDenominatorFloor = 1e-6;

// Soft counts, [K], or [N,K] image by image.
struct Areas {
  torch::Tensor shared, predicted, truth;
};

struct OverlapOptions {
  enum class Reduce { mean, sum, harmonic, pooled };

  Activation activation = Activation::softmax;
  bool perImage = false;
  Reduce reduce = Reduce::mean;
  double smooth = 0;
  bool background = true;
  double leastPx = 0;
  double emptyPx = 0;
  int hardestPx = 0;  // 0: all
  bool insideOnly = false;
  std::vector<double> weights;

  void describe(OptionVisitor& v);
  void describeAll(OptionVisitor& v, bool smoothed);  // false: without `smooth`
};

// `lossOf(areas)` per class, over the whole batch or image by image, then one value as the options
// say.
torch::Tensor overlapLoss(const LossInput& input, const OverlapOptions& options,
                          const std::function<torch::Tensor(const Areas& areas)>& lossOf);

}  // namespace limbus
