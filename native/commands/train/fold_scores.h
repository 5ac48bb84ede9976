// RUN/folds.json of a k-fold training: what each part's model scored on the images that it did not
// see, and the score of all of them together.
//
//   {"folds": 5, "metric": "mIoU", "convention": "dataset", "classes": ["skin", "lesion"],
//    "runs": [{"run": "fold0", "images": 20, "epochs": 40, "bestEpoch": 31, "best": 0.91,
//              "confusion": [[..], [..]]}, ...],
//    "pooled": {"images": 100, "mIoU": 0.9, ..., "classes": [{"name": "skin", "iou": 0.95, ...}]}}
//
// Counts are pixels at the size of the labels, by truth (rows) and prediction. `pooled` is there
// once all parts are: scores of all images by the convention, not a mean of the parts' scores. A
// convention that goes image by image adds "byImage" to a run, for each image what it holds:
// [truth, prediction, pixels, truth, prediction, pixels, ...]. `"predictions": true` stands there
// where masks are kept (--keep-predictions).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"
#include "shared/result.h"

namespace limbus {

struct FoldScore {
  int fold = 0;
  int images = 0;                 // held out that have a label
  int epochs = 0, bestEpoch = 0;  // from 1
  double best = 0;                // what chose the epoch: of the recipe's bestMetric
  ConfusionMatrix confusion;      // of all these images, by the model that did not see them
  std::vector<ConfusionMatrix> byImage = {};  // for conventions that need them

  void count(const ConfusionMatrix& image, const std::string& convention);
};

struct FoldScores {
  int folds = 0;
  std::string metric;
  std::string convention = "dataset";
  std::vector<std::string> classes;
  bool predictions = false;          // each part's masks of what it did not see are kept
  std::vector<FoldScore> done = {};  // by number

  const FoldScore* find(int fold) const;
  bool complete() const { return static_cast<int>(done.size()) == folds; }
  Result<Json> json() const;
};

std::string foldName(int fold);  // "fold0"

Result<void> writeFoldScores(const std::filesystem::path& file, const FoldScores& scores);
// Of a training into so many parts of these classes; another's is refused.
Result<FoldScores> readFoldScores(const std::filesystem::path& file, const FoldScores& expected);

// For a terminal: a line for each part, the pooled one last, then the classes.
Result<std::string> foldTables(const FoldScores& scores);

}  // namespace limbus
