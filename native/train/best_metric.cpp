#include "native/train/best_metric.h"

#include <optional>

namespace limbus {

const std::vector<BestMetricRow>& bestMetrics() {
  static const std::vector<BestMetricRow> kRows = {
      {"mIoU", "mean intersection over union over the classes", true,
       [](const Validation& v) { return v.scores.mIoU; }},
      {"mDice", "mean Dice over the classes", true,
       [](const Validation& v) { return v.scores.mDice; }},
      {"pixelAccuracy", "share of the pixels that are right", true,
       [](const Validation& v) { return v.scores.pixelAccuracy; }},
      {"classAccuracy", "mean recall over the classes", true,
       [](const Validation& v) { return v.scores.classAccuracy; }},
      {"loss", "validation loss", false, [](const Validation& v) { return v.loss; }},
  };
  return kRows;
}

ValidationValues valuesOf(const Validation& validation) {
  ValidationValues values;
  for (const BestMetricRow& row : bestMetrics()) values[row.name] = row.value(validation);
  return values;
}

int epochsWithoutGain(const History& history, const BestMetricRow& row, double threshold) {
  const double slack = row.higherIsBetter ? threshold : -threshold;
  std::optional<double> best;
  int without = 0;
  for (const ValidationValues& epoch : history) {
    const auto found = epoch.find(row.name);
    if (found == epoch.end()) continue;
    const double value = found->second;
    ++without;
    if (best && !better(row, value, *best + slack)) continue;
    best = value;
    without = 0;
  }
  return without;
}

}  // namespace limbus
