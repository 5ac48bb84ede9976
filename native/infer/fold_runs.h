// The runs of a k-fold training, which are used as one model.
#pragma once

#include <filesystem>
#include <vector>

namespace limbus {

// The runs fold0, fold1, ... (fold-0 or fold_0 too) in this folder, in order of their numbers.
// Empty: the folder is a run or a model itself, or holds no such run.
std::vector<std::filesystem::path> foldRuns(const std::filesystem::path& folder);

}  // namespace limbus
