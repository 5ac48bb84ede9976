// limbus train --folds: every part of the recipe's split is held out in turn.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/train/train.h"
#include "shared/result.h"

namespace limbus {

struct FoldsRequest {
  std::filesystem::path recipe;
  std::vector<std::string> overrides;
  int folds = 0;                 // 0: as many as the recipe's data.split says
  bool keepPredictions = false;  // masks of what each part did not see, into RUN/predictions
  bool json = false;
  TrainRequest train;  // of each part: `run` is the folder of them all, `recipe` is not looked at
};

// Runs RUN/fold0, fold1, ..., each as `limbus train --fold K` would make it, and RUN/folds.json.
// `resume` leaves the finished ones and goes on with the one that was under way. Told to stop, all
// is saved and the process ends with kStoppedExit.
Result<void> trainFolds(const FoldsRequest& request);

}  // namespace limbus
