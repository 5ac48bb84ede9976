// limbus pseudo-label: rounds of predicting unlabelled images and training on what is sure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/commands/parts/predictor_options.h"
#include "native/train/train.h"
#include "shared/result.h"

namespace limbus {

struct PseudoLabelRequest {
  std::filesystem::path recipe;
  std::vector<std::string> overrides;
  std::vector<std::filesystem::path> unlabelled;  // empty: of the data set (unlabelled_images.h)
  PredictorOptions predictor;  // no models: a first training, without pseudo-labels, makes one
  int rounds = 1;
  bool json = false;
  TrainRequest train;  // of each round: `run` is the folder of them all, `recipe` is not looked at
};

// Fills OUT with labels1, round1 (a RUN), labels2, round2, ..., round0 where no model was given,
// and rounds.json, which begins with the score of a single given model that is of the recipe's net
// and input. `resume` goes on with what is there; more rounds may be asked for than before.
// Told to stop, all is saved and the process ends with kStoppedExit.
Result<void> pseudoLabelRounds(PseudoLabelRequest request);

}  // namespace limbus
