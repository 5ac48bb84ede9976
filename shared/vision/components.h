// Connected regions of a class mask (8-connected), from one pass over runs of equal pixels.
//
// Ours because cv::connectedComponents knows only foreground: it takes a pass over all pixels for
// each class.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/image.h"

namespace limbus {

struct Component {
  int classIndex = 0;
  std::int64_t areaPx = 0;
  double centroidX = 0;
  double centroidY = 0;
  int left = 0, top = 0, right = 0, bottom = 0;  // both ends included
  int startX = 0;  // leftmost pixel of its top row: where its outline begins
};

// In the order of their first pixels, row by row. A mask of one channel.
std::vector<Component> findComponents(MaskView mask);

}  // namespace limbus
