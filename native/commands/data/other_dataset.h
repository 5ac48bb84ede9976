// A recipe that sees another data set than its own: --dataset NAME of the verbs that take a recipe
// and --data.
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

// Puts in front of `overrides` what a recipe is overridden with: the data set and its options, its
// classes (published ones, or those found in the masks in `root`), the convention that suits any
// classes, and the mean and deviation of its images where they are published and the recipe's input
// is normalised by such. Nothing without a name.
Result<void> overrideDataset(const OtherDataset& other, const std::filesystem::path& recipe,
                             const std::filesystem::path& root,
                             std::vector<std::string>& overrides);

}  // namespace limbus
