// Scoring a model on labels that name other things, or fewer.
//
// "1:2,2:3" says: their label 1 is our class 2, theirs 2 is our 3. Everything else, on both sides,
// is "the rest", one class of its own. Void (255) stays void.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct ClassMap {
  // Into the compact classes that are scored: the rest, then our classes that are named.
  std::array<std::uint8_t, 256> truth{};
  std::array<std::uint8_t, 256> prediction{};
  // Their labels as our classes, for measurements; unnamed ones are our class 0.
  std::array<std::uint8_t, 256> ours{};
  std::vector<std::string> names;  // of the compact classes
};

// An empty text maps every class to itself.
Result<ClassMap> parseClassMap(const std::string& text, const std::vector<ClassSpec>& classes);

Mask translated(const Mask& mask, const std::array<std::uint8_t, 256>& table);

}  // namespace limbus
