// Pseudo-labels as files that the data set `folder` reads: DIR/labels.csv (image, mask and, where
// known, group), masks of class numbers with 255 for void, and DIR/labels.json, how many there are.
// Masks lie and are called as the data set's row says (DatasetRow::labelFile), or are
// DIR/masks/*.png. The images stay where they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "native/commands/pseudo_label/unlabelled_images.h"
#include "native/data/more_data.h"
#include "native/infer/ensemble.h"
#include "native/train/recipe/pseudo_label_rules.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct PseudoLabelCounts {
  int images = 0;                   // looked at
  int kept = 0;                     // images that got labels
  int unreadable = 0;               // left out, and said
  std::int64_t pixels = 0;          // of all images that could be read
  std::int64_t keptPixels = 0;      // that got a label
  std::vector<double> least;        // confidence asked for, by class
  std::vector<double> classPixels;  // by class: predicted
  std::vector<double> classKept;    // by class: that got a label

  Json json() const;
};
Result<PseudoLabelCounts> readPseudoLabelCounts(const Json& json, const std::string& where);

// Writes `folder` whole or not at all, masks as `dataset` has them. None: told to stop. No image
// that passes the rules is an error.
Result<std::optional<PseudoLabelCounts>> writePseudoLabels(
    const std::vector<UnlabelledImage>& images, Ensemble& models, const PseudoLabelRules& rules,
    const std::filesystem::path& folder, bool quiet, const DatasetRow& dataset);

// What it wrote; none: nothing is there.
Result<std::optional<PseudoLabelCounts>> foundPseudoLabels(const std::filesystem::path& folder);

// As an entry of a recipe's "data.also".
Json pseudoLabelData(const std::filesystem::path& folder);

}  // namespace limbus
