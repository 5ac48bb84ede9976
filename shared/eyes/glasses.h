// Glasses before the eye: the frame, a pad beside the nose, reflections that coated glass shows as
// dotted streaks, a glow.
#pragma once

#include "shared/eyes/canvas.h"
#include "shared/eyes/preset.h"

namespace limbus::eyes {

// A rounded box around the eye, in the eye plane.
struct GlassesFrame {
  float halfX = 24, halfY = 16, midX = 0, midY = 0;
  float width = 2, level = 0.1F, shine = 0, soft = 0.3F;

  // Distance from the middle of the rim, millimetres, negative inside.
  float distance(float x, float y) const;
};

struct NosePad {
  float x = -22, y = 6, halfX = 2, halfY = 5, lean = 0;  // an ellipse in the eye plane
  float level = 0.5F, cover = 0.5F, rim = 0.3F;
};

struct Glasses {
  bool worn = false;
  bool framed = false;  // the frame is in view
  GlassesFrame frame;
  bool padded = false;  // the pad is in view; it stands beside the eye, never before it
  NosePad pad;

  // A point of the eye plane behind the frame.
  bool hides(float x, float y) const {
    if (!worn || !framed) return false;
    const float d = frame.distance(x, y);
    return d < 0.5F * frame.width && d > -0.5F * frame.width;
  }
};

Glasses drawGlasses(const EyePreset& preset, Random& random);
void paintGlasses(const EyePreset& preset, const Glasses& glasses, const View& view, Canvas& canvas,
                  Random& random);

}  // namespace limbus::eyes
