// Lamps and what reflects them: cornea, sclera, lids, and stray surfaces.
#pragma once

#include "shared/eyes/anatomy.h"
#include "shared/eyes/canvas.h"

namespace limbus::eyes {

enum class SpotShape { round, square, star };

struct Spot {
  Vec2 at;            // pixels
  double radius = 1;  // pixels
  float level = 1;
  float edge = 1;  // width of the falling edge in pixels
  SpotShape shape = SpotShape::round;
};

void paintSpot(const Spot& spot, Canvas& canvas);

void paintGlints(const EyePreset& preset, const Globe& globe, const Lids& lids, const View& view,
                 Canvas& canvas, Random& random);

// Large saturated spots, on skin or on glass before the camera.
void paintStrays(const EyePreset& preset, const View& view, Canvas& canvas, Random& random);

}  // namespace limbus::eyes
