// The files of one training run: RUN/ recipe.json, config.json, data.json, log.jsonl, train.log,
// best.safetensors, last.safetensors, and those of epochs that are to be kept.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/data/file_states.h"
#include "native/system/folder_lock.h"
#include "native/train/recipe/recipe.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct RunFolder {
  std::filesystem::path folder;
  std::shared_ptr<const FolderLock> lock = nullptr;  // while a training fills the folder

  std::filesystem::path best() const { return folder / "best.safetensors"; }
  std::filesystem::path last() const { return folder / "last.safetensors"; }
  std::filesystem::path ofEpoch(int epoch) const;  // counted from 1
  // The checkpoint that lies there, "best" or "last", be it one of before (.limbus); else empty.
  std::filesystem::path found(const std::string& which) const;
  std::filesystem::path log() const { return folder / "train.log"; }
  std::filesystem::path records() const { return folder / "log.jsonl"; }
};

// A new run: the folder must not be there, be empty, or come from a run that has no checkpoint yet,
// unless `force`. An older run's logs go, and its last checkpoint, which would be gone on with as
// the new one's; its others stay until the new one has its first (dropCheckpoints).
Result<RunFolder> createRun(const std::filesystem::path& folder, bool force);
// recipe.json (as given) and config.json (as run, complete).
Result<void> writeRecipe(const RunFolder& run, const Recipe& recipe);

// Where a run's images lay, and which they were. A file of the run alone: no checkpoint and no
// exported model has it.
struct DataPlace {
  std::filesystem::path given;          // on the command line
  std::filesystem::path absolute = {};  // when it was
  // As whichSamples() has them; empty in runs of before.
  std::string training = {}, validation = {};
  // Their names, where nothing but the run divided them.
  std::vector<std::string> trained = {}, held = {};
  FileStates files =
      {};  // what was read, further data and unlabelled images too; no sizes: unknown

  std::filesystem::path found() const;  // whichever is a folder still; empty: neither
};

// data.json; none for images that come from no folder. `absolute` is found here.
Result<void> writeDataPlace(const RunFolder& run, DataPlace place);
// None: such images, or a run of before.
Result<std::optional<DataPlace>> readDataPlace(const std::filesystem::path& run);

// A run that goes on with other images would validate what it has learnt from.
Result<void> checkSameImages(const std::filesystem::path& run, const DataPlace& now);

// A run that was stopped before its first checkpoint: it can begin again.
bool isBegun(const std::filesystem::path& folder);

// An existing run with a last checkpoint.
Result<RunFolder> openRun(const std::filesystem::path& folder);

// Removes all checkpoints but these.
void dropCheckpoints(const RunFolder& run, const std::vector<std::filesystem::path>& but);

// Where two recipes differ in what changes the weights: "net.width"; empty when they do not.
std::string firstDifference(const std::string& recipeJson, const std::string& otherJson);

Result<void> appendRecord(const RunFolder& run, const Json& record);
// Drops the records of epochs after `epoch`: a run that stopped between record and checkpoint.
Result<void> trimRecords(const RunFolder& run, int epoch);

}  // namespace limbus
