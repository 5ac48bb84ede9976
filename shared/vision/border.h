// The outer border of a region as the edges between its pixels and what lies outside.
//
// The midpoints of these edges lie on the true outline, half a pixel outside the centres of the
// border pixels, in every direction alike; so ellipses fitted to them have the region's size. Ours
// because cv::findContours gives the centres of border pixels: a disc becomes a pixel too small.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/image.h"

namespace limbus {

constexpr int kNoClass = -1;  // beyond the image

struct BorderEdge {
  float x = 0;  // midpoint, in pixel centre coordinates
  float y = 0;
  int insideX = 0;  // the region's pixel at this edge
  int insideY = 0;
  int outside = kNoClass;   // class of the pixel on the other side
  int outside2 = kNoClass;  // and of the one behind it
};

// Clockwise on the screen, from the top edge of (startX, top), which must be the leftmost pixel of
// the region's top row. Pixels that touch at a corner belong together.
std::vector<BorderEdge> followBorder(MaskView mask, int startX, int top);

}  // namespace limbus
