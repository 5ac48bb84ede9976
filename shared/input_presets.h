// How other toolkits bring pixels to their networks, by name: what a manifest for a foreign file
// and a recipe's "normalise" can take over.
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

// Mean and deviation, in the input's own colour order; one channel takes the mean of the three.
void normaliseBy(const InputPreset& preset, InputSpec& input);
// The preset's colour order too.
void applyPreset(const InputPreset& preset, InputSpec& input);

}  // namespace limbus
