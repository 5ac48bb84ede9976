// Scores of each image, and of images that belong together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "native/commands/evaluate/count_scores.h"
#include "native/data/dataset.h"
#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"
#include "shared/result.h"

namespace limbus {

struct ImageResult {
  std::string id;
  std::string group;  // empty: none is asked for
  // Between the centres of the ellipses of truth and prediction; absent: one of them has none.
  std::optional<double> pupilErrorPx = {}, irisErrorPx = {};
  std::vector<PartCount> counts = {};  // of the classes that are counted
};

// The group of each of the first `count` samples. "group": the data set's own (person, sequence);
// the name of an attribute of the data set; or a regular expression, whose first group in the
// image's name it is. Samples without one are an error.
Result<std::vector<std::string>> groupsBy(const std::string& groupBy, const Dataset& dataset,
                                          std::size_t count);

// A line for each image, scored by the convention from its own counts (scoreAlone); what it leaves
// out is an empty field. `counted`: the classes of ImageResult::counts.
Result<std::string> perImageCsv(const std::vector<ImageResult>& images,
                                const std::vector<ConfusionMatrix>& matrices,
                                const std::vector<std::string>& classes,
                                const std::string& convention,
                                const std::vector<std::string>& counted = {});

// [{"group": "S_3", "images": 12, "mIoU": ..., "classes": [{"name": ..., "iou": ...}, ...]}, ...]
// in order of their names; null where nothing is scored.
Result<Json> groupScores(const std::vector<ImageResult>& images,
                         const std::vector<ConfusionMatrix>& matrices,
                         const std::vector<std::string>& classes, const std::string& convention);
void printGroups(const Json& groups);

}  // namespace limbus
