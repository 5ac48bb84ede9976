// What a training run wrote of itself, without loading its weights: RUN/config.json and
// RUN/log.jsonl.
#pragma once

#include <filesystem>
#include <vector>

#include "native/report/plot.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct RunLog {
  Json recipe;               // complete, as run
  std::vector<Json> epochs;  // one record each, ascending; none before the first epoch is done
};

// Whether `folder` holds what a run writes first.
bool isRun(const std::filesystem::path& folder);

// A last line that is not complete, of a run that is just writing it, is left out.
Result<RunLog> readRunLog(const std::filesystem::path& folder);

// Losses, scores and learning rate over the epochs; the IoU of each class where there are few. None
// for a run of less than two epochs.
std::vector<Plot> curvesOf(const RunLog& log);

}  // namespace limbus
