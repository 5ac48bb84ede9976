#include "shared/eyes/palette.h"

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

std::array<Tint, 3> drawPalette(Random& random) {
  const auto within = [&](double low, double high) {
    return static_cast<float>(random.uniform(low, high));
  };
  std::array<Tint, 3> tints;
  auto& [red, green, blue] = tints;
  const float warmth = within(0.3, 1.1);
  red.skin = 1.0F + 0.28F * warmth;
  blue.skin = 1.0F - 0.30F * warmth;
  green.sclera = within(0.9, 1.0);
  blue.sclera = green.sclera * within(0.88, 1.02);
  red.vessels = within(0.1, 0.4);
  red.caruncle = within(1.1, 1.35);
  blue.caruncle = within(0.8, 1.05);
  const auto& iris = kIrises[random.integer(0, 4)];
  const float depth = within(0.4, 1.0);
  red.iris = 1.0F + depth * (iris[0] - 1.0F);
  green.iris = 1.0F + depth * (iris[1] - 1.0F);
  blue.iris = 1.0F + depth * (iris[2] - 1.0F);
  red.hair = within(1.0, 1.4);
  blue.hair = within(0.6, 1.0);
  red.light = within(0.85, 1.15);
  blue.light = within(0.8, 1.15);
  return tints;
}

}  // namespace limbus::eyes
