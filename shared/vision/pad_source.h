// Which pixel stands beside an image where it is continued.
//
// Ours, as cv::borderInterpolate says the same of a pixel: the core links no OpenCV, and a network
// must see the same padding in the page as in training.
#pragma once

#include <algorithm>

#include "shared/manifest.h"

namespace limbus {

// Along one axis of `size` pixels, for a coordinate that may lie outside; -1: the constant.
inline int padSource(int coordinate, int size, PadFill fill) {
  if (coordinate >= 0 && coordinate < size) return coordinate;
  if (fill == PadFill::constant) return -1;
  if (fill == PadFill::replicate || size == 1) return std::clamp(coordinate, 0, size - 1);
  const int period = 2 * (size - 1);  // the edge pixel is not repeated
  const int phase = ((coordinate % period) + period) % period;
  return phase < size ? phase : period - phase;
}

}  // namespace limbus
