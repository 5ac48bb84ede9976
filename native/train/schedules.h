// Learning rate (and momentum) per step: pure functions of (step, totalSteps, options).
//
// A schedule is one row in schedules.cpp. Steps are optimiser steps, 0 .. totalSteps - 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/options.h"
#include "shared/result.h"

namespace limbus {

struct Rates {
  double lr = 0;
  std::optional<double> beta1;  // drives Adam's beta1, SGD's momentum; absent: the optimiser's own
};

struct ScheduleRow {
  const char* name;
  const char* summary;
  std::vector<OptionRow> options;
  Rates (*at)(std::int64_t step, std::int64_t totalSteps, const OptionValues& complete);
};

const std::vector<ScheduleRow>& schedules();

struct Schedule {
  const ScheduleRow* row = nullptr;
  OptionValues options;  // complete

  Rates at(std::int64_t step, std::int64_t totalSteps) const {
    return row->at(step, totalSteps, options);
  }
};

Result<Schedule> makeSchedule(const NamedOptions& named);

}  // namespace limbus
