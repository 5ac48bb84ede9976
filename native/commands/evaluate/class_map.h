// Scoring a model on labels that name other things, or fewer.
//
// "1:2,2:3" says: their label 1 is our class 2, theirs 2 is our 3. Both may be names, of the data
// set's classes and of the model's: "road:street". What is named twice is one class: "1:2,4:2" and
// "nucleus:body,nucleus:border". Everything else, on both sides, is "the rest", one class of its
// own, unless nothing is left for it. Void (255) stays void.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/metrics/metrics.h"
#include "shared/result.h"

namespace limbus {

struct ClassMap {
  // Into the compact classes that are scored: the rest, then those that are named.
  std::array<std::uint8_t, 256> truth{};
  std::array<std::uint8_t, 256> prediction{};
  // Both as our classes, for measurements: of ours that are scored as one the first; unnamed labels
  // are background (backgroundLabel).
  std::array<std::uint8_t, 256> ours{};
  std::array<std::uint8_t, 256> measured{};
  std::vector<std::string> names;  // of the compact classes
  std::vector<int> labels;         // of theirs that are named, in order
  bool rest = false;               // the first is the rest
  bool namesModel = false;         // all of our classes are named
};

// backgroundOf(), or void where there is none.
std::uint8_t backgroundLabel(const std::vector<ClassSpec>& classes);

// An empty text maps every class to itself. `theirs`: the data set's classes, empty where it names
// none. `rest`: false where no mask has an unnamed label and namesModel is true.
Result<ClassMap> parseClassMap(const std::string& text, const std::vector<ClassSpec>& ours,
                               const std::vector<ClassSpec>& theirs, bool rest = true);

// Whether a label stands there that the map does not name.
bool hasUnnamed(const ClassMap& map, MaskView mask);

Mask translated(const Mask& mask, const std::array<std::uint8_t, 256>& table);

// Which of the labels that a map names no mask holds, where `held` are those that some do. Empty:
// all are there.
std::string unheldLabelsHint(const ClassMap& map, const std::array<bool, 256>& held,
                             const std::vector<ClassSpec>& theirs);

// Why counts that were made without a map look as if one were missing: labels lie where the model
// says something else, or classes have no label. Empty: they do not.
std::string missingMapHint(const ConfusionMatrix& counts, const std::vector<ClassSpec>& ours);

}  // namespace limbus
