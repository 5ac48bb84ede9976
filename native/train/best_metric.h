// What "best" may mean: one row per score that a validation pass yields.
#pragma once

#include <string>
#include <vector>

#include "shared/metrics/metrics.h"

namespace limbus {

struct Validation {
  double loss = 0;
  Scores scores;  // convention "dataset", at network-input resolution
};

struct BestMetricRow {
  const char* name;
  const char* summary;
  bool higherIsBetter;
  double (*value)(const Validation& validation);
};

const std::vector<BestMetricRow>& bestMetrics();

inline bool better(const BestMetricRow& row, double candidate, double best) {
  return row.higherIsBetter ? candidate > best : candidate < best;
}

}  // namespace limbus
