// Shapes drawn into masks.
#pragma once

#include <cmath>

#include "shared/image.h"
#include "shared/vision/regions.h"

namespace limbus {

// Every pixel whose centre lies inside.
inline void paint(Mask& mask, const Ellipse& e, std::uint8_t label) {
  const double angle = e.angleDegrees * 3.14159265358979 / 180;
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      const double dx = x - e.centreX;
      const double dy = y - e.centreY;
      const double u = (dx * std::cos(angle) + dy * std::sin(angle)) / (e.majorPx / 2);
      const double v = (dy * std::cos(angle) - dx * std::sin(angle)) / (e.minorPx / 2);
      if (u * u + v * v <= 1) mask.row(y)[x] = label;
    }
  }
}

}  // namespace limbus
