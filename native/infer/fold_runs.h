// Several models that are named as one: the runs of a k-fold training, the snapshots of a run.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "shared/result.h"

namespace limbus {

// The runs fold0, fold1, ... (fold-0 or fold_0 too) in this folder, in order of their numbers.
// Empty: the folder is a run or a model itself, or holds no such run. An error that names them
// where some are not trained to the end: folders without a best checkpoint, and what folds.json of
// limbus train --folds does not have yet.
Result<std::vector<std::filesystem::path>> foldRuns(const std::filesystem::path& folder);

// RUN/epoch-*: the checkpoints epoch-N of that run, in order of N; an error where it has none.
// Empty for any other name.
Result<std::vector<std::filesystem::path>> snapshots(const std::filesystem::path& named);

// All folders of such names, by number, trained or not.
std::map<int, std::filesystem::path> foldFolders(const std::filesystem::path& folder);

}  // namespace limbus
