// What is written beside a run's own log for other tools, by name (`limbus train --log NAME`): one
// file each in watchers/, one row in watch.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/train/loop.h"
#include "native/train/recipe/recipe.h"
#include "shared/result.h"

namespace limbus {

// What there is to tell after an epoch.
struct EpochFacts {
  int epoch = 0;          // finished ones
  std::int64_t step = 0;  // optimiser steps taken
  const EpochReport& trained;
  const Validation* validation;  // null: not this epoch's turn
  Executor& net;                 // as validated
  const DeviceBatch& sample;     // always the same images of the validation set
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual Result<void> after(const EpochFacts& facts) = 0;
};

struct WatchRequest {
  std::filesystem::path run;
  const Recipe& recipe;
  int epochs = 0;         // finished before: a run that is resumed
  std::int64_t step = 0;  // taken in these epochs
  int bestEpoch = 0;      // of these; 0: none yet
  double best = 0;
};

struct WatcherRow {
  const char* name;
  const char* summary;
  Result<std::unique_ptr<Watcher>> (*open)(const WatchRequest& request);
  bool countsTraining = false;  // asks for EpochReport::counts
};

const std::vector<WatcherRow>& watchers();

}  // namespace limbus
