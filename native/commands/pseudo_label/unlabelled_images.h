// Images that nobody has labelled, as `limbus pseudo-label` is told of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/train/recipe/recipe.h"
#include "shared/result.h"

namespace limbus {

struct UnlabelledImage {
  std::filesystem::path file;  // absolute
  std::string group = {};      // of SampleFacts; empty: unknown
};

struct UnlabelledImages {
  std::vector<UnlabelledImage> images;
  std::size_t labelled = 0;  // left out: the data set has a label for them
  std::size_t held = 0;      // left out: of sequences that are kept for validation
};

// `paths`: images, folders (all images below them) and text files of one path a line, relative to
// the text file. None: what the recipe's data set has in its test split without a label. No image
// stands twice; at least one is left.
Result<UnlabelledImages> unlabelledImages(const Recipe& recipe, const std::filesystem::path& data,
                                          const std::vector<std::filesystem::path>& paths);

}  // namespace limbus
