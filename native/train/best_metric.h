// What "best" may mean: one row per score that a validation pass yields.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "shared/metrics/metrics.h"

namespace limbus {

struct Validation {
  double loss = 0;
  Scores scores;  // by the recipe's convention, at network-input resolution
};

struct BestMetricRow {
  const char* name;
  const char* summary;
  bool higherIsBetter;
  double (*value)(const Validation& validation);
};

const std::vector<BestMetricRow>& bestMetrics();

// What the validations of a run gave: by name of the metric, one per epoch, empty for one that was
// not validated.
using ValidationValues = std::map<std::string, double>;
using History = std::vector<ValidationValues>;
ValidationValues valuesOf(const Validation& validation);

inline bool better(const BestMetricRow& row, double candidate, double best) {
  return row.higherIsBetter ? candidate > best : candidate < best;
}

// How many validations there were since the last that was better than all before by more than
// `threshold`.
int epochsWithoutGain(const History& history, const BestMetricRow& row, double threshold);

}  // namespace limbus
