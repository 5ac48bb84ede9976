// Where source pixels fall between logits: the one rule by which fields of logits are read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "shared/vision/preprocess.h"

namespace limbus {

// Along one axis, per source pixel.
struct LogitAxis {
  std::vector<int> low;
  std::vector<int> high;
  std::vector<float> share;  // of the higher one
};

// One axis of a Placement.
struct PlacedSide {
  int sourceSize;
  int inputSize;
  double scale;
  int offset;
};

// `size` logits that span the input.
inline LogitAxis makeLogitAxis(const PlacedSide& side, int size, bool alignCorners) {
  const std::size_t count = static_cast<std::size_t>(side.sourceSize);
  LogitAxis axis{std::vector<int>(count), std::vector<int>(count), std::vector<float>(count)};
  const double cornerRatio =
      side.inputSize > 1 ? static_cast<double>(size - 1) / (side.inputSize - 1) : 0.0;
  const double ratio = static_cast<double>(size) / side.inputSize;
  for (int i = 0; i < side.sourceSize; ++i) {
    const double input = (i + 0.5) * side.scale - 0.5 + side.offset;
    const double wanted = alignCorners ? input * cornerRatio : (input + 0.5) * ratio - 0.5;
    const double position = std::clamp(wanted, 0.0, static_cast<double>(size - 1));
    axis.low[i] = static_cast<int>(position);
    axis.high[i] = std::min(axis.low[i] + 1, size - 1);
    axis.share[i] = static_cast<float>(position - axis.low[i]);
  }
  return axis;
}

// Both axes: `height` x `width` logits that span the input.
struct LogitGrid {
  LogitAxis columns, rows;
};

inline LogitGrid makeLogitGrid(const Placement& place, int height, int width, bool alignCorners) {
  return {makeLogitAxis({place.sourceWidth, place.inputWidth, place.scaleX, place.offsetX}, width,
                        alignCorners),
          makeLogitAxis({place.sourceHeight, place.inputHeight, place.scaleY, place.offsetY},
                        height, alignCorners)};
}

}  // namespace limbus
