#include "native/train/best_metric.h"

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

}  // namespace limbus
