// What an epoch has come to: at its end, or so far.
#pragma once

#include <cstdint>
#include <optional>

#include "native/data/loader.h"
#include "shared/metrics/metrics.h"

namespace limbus {

struct EpochReport {
  double loss = 0;  // mean over the steps
  double lossSum = 0;
  double lr = 0;  // of the last step
  std::int64_t steps = 0;
  std::int64_t leftOut = 0;  // of them: without a finite loss
  double seconds = 0;
  LoaderTimes loader;
  // Of the pixels trained on, each as its step found it, where somebody watches them.
  std::optional<ConfusionMatrix> counts;
  bool interrupted = false;
};

}  // namespace limbus
