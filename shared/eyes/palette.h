// Colour: how much of each material's grey level the red, green and blue planes show.
#pragma once

#include <array>

#include "shared/eyes/preset.h"
#include "shared/random.h"

namespace limbus::eyes {

struct Tint {
  float skin = 1, sclera = 1, vessels = 1, caruncle = 1, iris = 1, hair = 1;
  float light = 1;  // the camera's white balance
};

// Red, green, blue. Skin from pale to deep, irises brown, hazel, green, blue or grey.
std::array<Tint, 3> drawPalette(const EyePreset& preset, Random& random);

}  // namespace limbus::eyes
