// Every image of a data set against the answer of a model: what `limbus evaluate` makes scores of.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "native/commands/evaluate/class_map.h"
#include "native/commands/evaluate/image_scores.h"
#include "native/commands/evaluate/report.h"
#include "native/commands/evaluate/scored_images.h"
#include "native/commands/parts/smooth_options.h"
#include "native/data/dataset.h"
#include "native/infer/ensemble.h"
#include "shared/metrics/metrics.h"
#include "shared/result.h"

namespace limbus {

struct EvaluationOptions {
  SmoothOptions smooth;
  std::string groupBy;                // as groupsBy() takes it; empty: no groups
  int limit = 0;                      // images; 0: all
  bool boundary = false;              // compare borders too
  std::optional<double> tolerancePx;  // how far they may lie apart; none: by the image's size
  bool counts = false;                // count parts, also where the model's regions have no neck
};

// The mean over the images that have it.
struct Mean {
  double sum = 0;
  int images = 0;

  void add(const std::optional<double>& value) {
    if (!value) return;
    sum += *value;
    ++images;
  }
  std::optional<double> value() const {
    return images == 0 ? std::nullopt : std::optional(sum / images);
  }
};

struct BoundaryMeans {
  Mean f1, hausdorff95Px;
};

struct Evaluation {
  std::vector<ConfusionMatrix> matrices;  // one per image
  std::vector<ImageResult> images;        // likewise
  std::vector<BoundaryMeans> boundaries;  // one per class, where they are asked for
  std::vector<std::string> counted;       // classes whose parts are, where they are
  std::vector<double> pupilErrorsPx;      // where both masks have a pupil
  int pupilsMissed = 0;                   // the truth has one, the prediction does not
  std::array<bool, 256> held = {};        // labels, as the data set's masks have them
};

// `report`, which is told of each image, is null where none is asked for.
Result<Evaluation> evaluateAll(Ensemble& model, const ScoredImages& images, const ClassMap& map,
                               const EvaluationOptions& options, EvaluationReport* report);

// Of the images that are not void all over, one entry per counted class.
std::vector<std::vector<PartCount>> countsOf(const Evaluation& evaluation);

}  // namespace limbus
