// How other toolkits bring pixels to their networks, by name: what a manifest for a foreign file
// can take over.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "shared/manifest.h"

namespace limbus {

struct InputPreset {
  const char* name;
  const char* summary;
  Colour order;                // of three channels
  std::array<double, 3> mean;  // of values in [0,1], in that order
  std::array<double, 3> std;
};

const std::vector<InputPreset>& inputPresets();

// Colour order and normalisation; one channel takes the mean of the three numbers.
void applyPreset(const InputPreset& preset, InputSpec& input);

}  // namespace limbus
