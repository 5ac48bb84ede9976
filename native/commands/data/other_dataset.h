// A recipe that sees another data set than its own: --dataset NAME of the verbs that train.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "shared/result.h"

namespace limbus {

struct OtherDataset {
  std::string name;                  // empty: the recipe's own
  std::vector<std::string> options;  // KEY=VALUE
};

void addOtherDataset(CLI::App& command, OtherDataset& other);

// What a recipe is overridden with, in front of what else it is: the data set and its options, its
// classes (published ones, or those found in the masks in `root`), the convention that suits any
// classes, and the mean and deviation of its images where they are published and the recipe's input
// is normalised by such. None without a name.
Result<std::vector<std::string>> overridesOf(const OtherDataset& other,
                                             const std::filesystem::path& recipe,
                                             const std::filesystem::path& root);

}  // namespace limbus
