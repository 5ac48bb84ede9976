// Procedural near-eye images with exact masks: (seed, index, preset) -> the same bytes on both
// targets.
//
// Masks follow OpenEDS: 0 background, 1 sclera (caruncle included), 2 iris, 3 pupil; the visible
// part only; glints and lashes belong to what lies beneath.
//
//   Render render = *renderEye("openeds2019", seed, index);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/result.h"
#include "shared/vision/regions.h"

namespace limbus {

struct Render {
  Image image;  // grey, or RGB where the preset is in colour
  Mask mask;
  std::optional<Ellipse> pupil;  // the true outlines before lids and lashes cover them
  std::optional<Ellipse> iris;
};

struct EyePresetRow {
  const char* name;
  const char* summary;
  int width;
  int height;
};

const std::vector<EyePresetRow>& eyePresets();

// At the preset's own size. An unknown preset is an error that names the known ones.
Result<Render> renderEye(const std::string& preset, std::uint64_t seed, std::uint32_t index);

// The same scene at width x height (32 to 4096 each): scaled, and cut or widened where the aspect
// differs, so that a small image is a small view of the large one. Far above the preset's own size
// blur and motion stay behind: they reach a few pixels at most. Cheap in proportion to the pixels.
Result<Render> renderEye(const std::string& preset, std::uint64_t seed, std::uint32_t index,
                         int width, int height);

}  // namespace limbus
