// What stands between the eye and the sensor and does not move with the face: the round black edge
// of a headset's lens, its grooves, and the vignette.
#pragma once

#include "shared/eyes/canvas.h"
#include "shared/eyes/preset.h"

namespace limbus::eyes {

// Places in the frame: u to the right and v down, both from -1 to 1.
struct LensEdge {
  bool present = false;
  float bottom = 0, corner = 0, cornerX = 0, side = 0, sideSign = 1, level = 0, soft = 1;
  float ringAt = 0, ringLevel = 0;

  // Where the black below begins.
  float floor(float u) const {
    const float off = u - cornerX;
    return 1.0F - 2.0F * bottom - 2.0F * corner * off * off * off * off;
  }
  // How deep in the black at the side; negative in view.
  float aside(float u, float v) const {
    const float wall = 1.0F - 2.0F * side - 0.1F * side * v * v;
    return side > 0.0F ? sideSign * u - wall : -1.0F;
  }
  bool hides(float u, float v) const { return v > floor(u) || aside(u, v) > 0.0F; }
};

struct Grooves {
  float depth = 0, x = 0, y = 0;
  float perUnit = 1;  // how many lie across half the frame's width
};

struct Lens {
  LensEdge edge;
  Grooves grooves;
  float vignette = 0;

  bool hides(float u, float v) const { return edge.present && edge.hides(u, v); }
};

// aspect: height / width of the frame.
Lens drawLens(const EyePreset& preset, float aspect, Random& random);
// rows: how many of the canvas' rows the frame takes; its last one may lie partly beyond.
void coverByLens(const Lens& lens, float rows, Canvas& canvas);

}  // namespace limbus::eyes
