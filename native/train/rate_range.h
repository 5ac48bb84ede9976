// The learning-rate range test: the rate grows from step to step while the loss is watched, to see
// between which bounds a net learns (Smith, "Cyclical learning rates for training neural networks",
// 2017). Exponential growth, the smoothed loss and the two readings of its curve are those of
// Gugger, "How do you find a good learning rate", 2018, and fastai.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "native/train/train.h"
#include "shared/result.h"

namespace limbus {

struct RateRangeRules {
  double low = 1e-7, high = 10;  // of the rate, 0 < low < high
  int steps = 100;               // from one to the other, 2 at least
  double smoothing = 0.95;       // share of the average that a step keeps, 0 to below 1
  double diverged = 4;           // ends where the smoothed loss is so many times its least
};

struct RatePoint {
  double lr = 0;
  double loss = 0;      // of the step's batch, before the step
  double smoothed = 0;  // the moving average, its start's bias taken out as Adam does
};

struct RateRange {
  std::vector<RatePoint> points;  // rates ascend
  bool diverged = false;          // ended before the last step
  // Where the smoothed loss falls fastest over the logarithm of the rate; absent: it never falls.
  std::optional<double> steepest;
  // A tenth of the rate at which it is least: there it still falls.
  std::optional<double> belowLeast;
};

// The curve's readings; the points alone count.
void readCurve(RateRange& range);

// Trains a net as the recipe builds it, from its start or `request.init`, and throws it away:
// `request.run` is not looked at, nothing is written. `step` is called after each.
Result<RateRange> testRates(
    const TrainRequest& request, const RateRangeRules& rules,
    const std::function<void()>& step = [] {});

}  // namespace limbus
