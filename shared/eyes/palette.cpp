#include "shared/eyes/palette.h"

#include "shared/eyes/shading.h"

namespace limbus::eyes {
namespace {

constexpr float kIrises[5][3] = {
    {1.45F, 0.85F, 0.50F},  // brown
    {1.25F, 1.00F, 0.60F},  // hazel
    {0.95F, 1.10F, 0.85F},  // green
    {0.75F, 1.00F, 1.35F},  // blue
    {0.95F, 1.00F, 1.08F},  // grey
};

}  // namespace

std::array<Tint, 3> drawPalette(const EyePreset& preset, Random& random) {
  std::array<Tint, 3> tints;
  auto& [red, green, blue] = tints;
  const float warmth = drawn(random, preset.skinWarmth);
  red.skin = 1.0F + 0.28F * warmth;
  blue.skin = 1.0F - 0.30F * warmth;
  green.sclera = drawn(random, preset.scleraGreen);
  blue.sclera = green.sclera * drawn(random, preset.scleraBlue);
  red.vessels = drawn(random, preset.vesselsRed);
  red.caruncle = drawn(random, preset.caruncleRed);
  blue.caruncle = drawn(random, preset.caruncleBlue);
  const auto& iris = kIrises[random.integer(0, 4)];
  const float depth = drawn(random, preset.irisColour);
  red.iris = 1.0F + depth * (iris[0] - 1.0F);
  green.iris = 1.0F + depth * (iris[1] - 1.0F);
  blue.iris = 1.0F + depth * (iris[2] - 1.0F);
  red.hair = drawn(random, preset.hairRed);
  blue.hair = drawn(random, preset.hairBlue);
  red.light = drawn(random, preset.lightRed);
  blue.light = drawn(random, preset.lightBlue);
  return tints;
}

}  // namespace limbus::eyes
