// limbus evaluate --report: gathers what the page shows while images are scored, and writes it.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "native/commands/evaluate/class_map.h"
#include "native/commands/evaluate/image_scores.h"
#include "native/data/dataset.h"
#include "native/infer/predictor.h"
#include "native/report/report.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct ReportOptions {
  std::filesystem::path folder;  // empty: no report
  int worst = 12;
  bool force = false;
};

void addReportOptions(CLI::App& command, ReportOptions& options);

// One scored image, in the classes that are scored.
struct ScoredImage {
  const Sample& sample;
  const Mask& truth;
  const Mask& prediction;
  const Field& field;  // whose mask the prediction is
  const ConfusionMatrix& counts;
};

class EvaluationReport {
 public:
  // `map` must outlive it. Colours are the model's own where a class has its name.
  EvaluationReport(const ReportOptions& options, std::string convention, const ClassMap& map,
                   const Manifest& manifest);

  Result<void> add(const ScoredImage& image);

  // The counted classes, or none, and their counts in each image that was added and is not void all
  // over, in its order.
  void addCounts(const std::vector<std::string>& names,
                 const std::vector<std::vector<PartCount>>& images);

  // DIR/index.html and DIR/scores.json, which holds `answer` (what evaluate prints) and the scores
  // of each image. `model`: where the curves come from, if it is a RUN.
  Result<void> write(const Json& answer, const Scores& scores, const std::filesystem::path& model);

 private:
  Result<void> addConfidences(const ScoredImage& image);

  ReportOptions options_;
  std::string convention_;
  const ClassMap& map_;
  Report report_;
  Calibration calibration_;
  WorstImages worst_;
};

}  // namespace limbus
