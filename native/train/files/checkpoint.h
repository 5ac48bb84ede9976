// What a run saves at the end of an epoch or in its middle, and how it lies on disk
// (tensor_file.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "native/train/best_metric.h"
#include "native/train/epoch_report.h"
#include "native/train/optimizers.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

struct SavedRun {
  std::string recipeJson;             // as run
  int epoch = 0;                      // epochs completed
  std::int64_t step = 0;              // optimiser steps taken
  std::vector<std::int64_t> skipped;  // OptimizerState; empty: none
  int bestEpoch = 0;                  // 0: none yet
  double best = 0;
  History history;
  std::int64_t trainingImages = 0;  // 0: not known
  LossScale lossScale;              // of float16
  EpochReport underWay;             // of the epoch that was begun; no steps: none was
  bool startOnly = false;           // others' weights; nobody said what pixels and classes mean
  Weights weights;                  // what was evaluated: the average where there is one
  Weights training;                 // what is trained, where that differs
  Weights optimizer;                // "m/conv.weight"; empty in a best checkpoint
};

// Complete under its name or not there at all.
Result<void> writeSavedRun(const std::filesystem::path& file, const SavedRun& run);
Result<SavedRun> readSavedRun(const std::filesystem::path& file);
// The same from a file's bytes; its name says how old they are, and opens errors.
Result<SavedRun> unpackSavedRun(const std::string& bytes, const std::filesystem::path& file);

}  // namespace limbus
