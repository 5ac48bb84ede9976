// The files of one training run: RUN/ recipe.json, config.json, log.jsonl, train.log,
// best.safetensors, last.safetensors.
#pragma once

#include <filesystem>
#include <string>

#include "native/train/recipe.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct RunFolder {
  std::filesystem::path folder;

  std::filesystem::path best() const { return folder / "best.safetensors"; }
  std::filesystem::path last() const { return folder / "last.safetensors"; }
  // The checkpoint that lies there, "best" or "last", be it one of before (.limbus); else empty.
  std::filesystem::path found(const std::string& which) const;
  std::filesystem::path log() const { return folder / "train.log"; }
  std::filesystem::path records() const { return folder / "log.jsonl"; }
};

// A new run: the folder must not be there, be empty, or come from a run that has no checkpoint yet,
// unless `force`. An older run's checkpoints stay until the new one's first replace them. Writes
// recipe.json (as given) and config.json (as run, complete).
Result<RunFolder> createRun(const std::filesystem::path& folder, const Recipe& recipe, bool force);

// An existing run with a last checkpoint.
Result<RunFolder> openRun(const std::filesystem::path& folder);

// Where two recipes differ in what changes the weights: "net.width"; empty when they do not.
std::string firstDifference(const std::string& recipeJson, const std::string& otherJson);

Result<void> appendRecord(const RunFolder& run, const Json& record);
// Drops the records of epochs after `epoch`: a run that stopped between record and checkpoint.
Result<void> trimRecords(const RunFolder& run, int epoch);

}  // namespace limbus
