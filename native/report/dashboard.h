// A training run as one screen of text: how far it is, its curves, what the network says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/report/terminal_picture.h"
#include "shared/image.h"

namespace limbus {

struct Dashboard {
  struct Sample {
    Image image, truth, prediction;  // RGB, of one size
  };

  std::string title;
  int epoch = 0, epochs = 1;  // finished, and of the run
  double elapsedSeconds = 0;
  std::optional<double> leftSeconds;
  std::vector<double> trainingLoss, validationLoss, mIoU;  // of each epoch; NaN: not yet validated
  std::string metric = "mIoU";
  std::optional<double> best;
  int bestEpoch = 0;
  double lr = 0, stepsPerSecond = 0, waitForDataMs = 0;
  std::int64_t memoryBytes = 0;
  std::string news;  // the last line of the run's log
  std::vector<Sample> samples;
  bool stopping = false;
};

// Escape sequences that fill a screen of this size, whatever was on it. Of less than 60 by 16
// characters only the first lines are used.
std::string screenOf(const Dashboard& dashboard, int columns, int rows, TerminalColours colours);

}  // namespace limbus
