// Learning rate (and momentum) per step: pure functions of (step, totalSteps, options).
//
// A schedule is one row in schedules.cpp. Steps are optimiser steps, 0 .. totalSteps - 1.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "shared/options/options.h"

namespace limbus {

struct Rates {
  double lr = 0;
  std::optional<double> beta1;  // drives Adam's beta1, SGD's momentum; absent: the optimiser's own
};

struct ScheduleRow {
  const char* name;
  const char* summary;
  Options options;
  Rates (*at)(std::int64_t step, std::int64_t totalSteps, const Options& options);
};

const std::vector<ScheduleRow>& schedules();

using Schedule = Chosen<ScheduleRow>;

inline Rates ratesAt(const Schedule& schedule, std::int64_t step, std::int64_t totalSteps) {
  return schedule.row->at(step, totalSteps, schedule.options);
}

}  // namespace limbus
