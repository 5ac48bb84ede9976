// Many trainings of one recipe with different values: what tune and sweep-size share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "native/commands/data/other_dataset.h"
#include "native/system/folder_lock.h"
#include "native/train/best_metric.h"
#include "native/train/recipe/recipe.h"
#include "native/tune/trials.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct TrialOptions {
  std::filesystem::path recipe, data, out;
  OtherDataset other;
  std::vector<std::string> overrides;  // of all trials
  std::string device = "auto";
  int jobs = 1;
  bool selfCheck = true, resume = false, json = false;
};

void addTrialOptions(CLI::App& command, TrialOptions& options);
// Once they are read: what `other` comes to is among the overrides.
Result<void> overrideDataset(TrialOptions& options);

// A folder of trials, DIR: what was asked for (search.json), what came of it (trials.jsonl), a RUN
// for each trial with what it said beside it (NAME.log).
class TrialRuns {
 public:
  // `search` is what must be the same for DIR to go on (--resume). Without --resume DIR must be
  // new or empty.
  static Result<TrialRuns> open(const TrialOptions& options, const Json& search);

  // Trains those that the journal lacks, each as a process of its own. A trial whose training fails
  // is a result, too; an interrupt, or a system that refuses, is an error that says how to go on.
  Result<std::vector<TrialResult>> run(const std::vector<Trial>& trials);

  const BestMetricRow& metric() const { return *metric_; }
  const Recipe& recipe() const { return recipe_; }

 private:
  TrialRuns(TrialOptions options, FolderLock lock, Recipe recipe, TrialJournal journal,
            std::filesystem::path program);
  std::vector<std::string> commandFor(const Trial& trial, const std::string& device) const;
  // `alone`: nothing of the search ran beside it.
  Result<TrialResult> resultOf(const Trial& trial, int exitCode, bool alone) const;
  void show(const TrialResult& result) const;

  TrialOptions options_;
  FolderLock lock_;  // over DIR
  Recipe recipe_;
  TrialJournal journal_;
  std::filesystem::path program_;
  const BestMetricRow* metric_;
};

}  // namespace limbus
