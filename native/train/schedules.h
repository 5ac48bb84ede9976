// Learning rate (and momentum) per step: pure functions of where the run stands.
//
// A schedule is one row in schedules.cpp. Steps are optimiser steps, 0 .. totalSteps - 1; epochs
// are passes over the training images.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "native/train/best_metric.h"
#include "shared/options/options.h"

namespace limbus {

struct Rates {
  double lr = 0;
  std::optional<double> beta1;  // drives Adam's beta1, SGD's momentum; absent: the optimiser's own
};

struct Moment {
  std::int64_t step = 0, totalSteps = 1, stepsPerEpoch = 1;
  const History* history = nullptr;  // of the epochs before this one; null: none yet

  double epoch() const {
    return static_cast<double>(step) / static_cast<double>(stepsPerEpoch < 1 ? 1 : stepsPerEpoch);
  }
};

struct ScheduleRow {
  const char* name;
  const char* summary;
  Options options;
  Rates (*at)(const Moment& now, const Options& options);
};

const std::vector<ScheduleRow>& schedules();

using Schedule = Chosen<ScheduleRow>;

// In front of any schedule: the rate runs in a straight line from a share of the schedule's first
// one to all of it (Goyal et al., "Accurate, large minibatch SGD", 2017). The schedule follows with
// the steps that are left.
struct Warmup {
  std::int64_t steps = 0;
  double epochs = 0;  // in place of steps
  double from = 1.0 / 3;

  void describe(OptionVisitor& v);
  std::int64_t stepsOf(const Moment& now) const;
};

Rates ratesAt(const Schedule& schedule, const Moment& now,
              const std::optional<Warmup>& warmup = std::nullopt);

}  // namespace limbus
