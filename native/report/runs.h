// Training runs in a folder, and what several of them differ in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "native/report/run_log.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

// finished: all epochs, or stopped early as its recipe wants; running: a process holds the folder
// (folder_lock.h), or, where the file system knows no locks, wrote into its log within the last two
// minutes; failed: it could not go on; unreadable: what it wrote is not
// what a run writes; stopped: anything else (interrupted, killed, a trial of --steps).
enum class RunState { finished, running, failed, unreadable, stopped };
const char* nameOf(RunState state);

struct RunSummary {
  std::filesystem::path folder;
  std::string recipe = {}, net = {}, data = {};  // names
  int epochs = 0, wantedEpochs = 0;
  std::string metric = {};          // by which the best counts
  std::optional<double> best = {};  // none before the first validation
  int bestEpoch = 0;                // from 1
  double seconds = 0;               // of training and validation
  std::string when = {};            // last written, local time: "2026-11-26 10:33"
  RunState state = RunState::stopped;
  std::string why = {};  // it failed, or cannot be read
};

Result<RunSummary> summariseRun(const std::filesystem::path& folder);

// `root`, if it is a run, and those below it, at most four folders deep, last written last.
Result<std::vector<RunSummary>> findRuns(const std::filesystem::path& root);

// One key in which recipes differ, and what each says: null where it has no such key.
struct RecipeDifference {
  std::string key;  // "net.width", "augment.cutMix.p"; elements of lists by name or index
  std::vector<Json> values;
};

// In the order of the first recipe's keys, then of those that only others have, then lists whose
// named elements stand in another order ("augment", each with its names). Notes about a model
// (name, description, licence, trainingData) are left out. At least one recipe.
std::vector<RecipeDifference> differencesOf(const std::vector<Json>& recipes);

}  // namespace limbus
