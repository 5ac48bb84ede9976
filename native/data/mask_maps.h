// What a loss may need to know of a mask beyond its labels. The loader's workers compute it once
// per sample, after augmentation, and only when a term of the loss needs it.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/image.h"

namespace limbus {

struct MaskMapNeeds {
  bool distances = false;
  bool edges = false;
  bool gaps = false;

  bool operator==(const MaskMapNeeds&) const = default;
};

// [classes,H,W]: pixels from the border of the class, negative inside it; 0 at its outermost
// pixels, 1 at those beside them (Kervadec et al., "Boundary loss", 2019). All zero where the class
// is absent or the whole mask. Void belongs to no class.
std::vector<float> classDistances(MaskView mask, int classes);

// [H,W]: 1 where one of the four neighbours has another class; void is no neighbour and no edge.
std::vector<std::uint8_t> classEdges(MaskView mask);

// [H,W]: pixels of class 0 between two parts of other classes: how far the two nearest lie apart
// over this pixel, d1 + d2 from its centre to theirs, in px (Ronneberger et al., "U-Net", 2015).
// Infinite elsewhere, and where it is more than kGapReachPx. Parts are 8-connected; what touches is
// one, whatever its classes.
constexpr int kGapReachPx = 40;
std::vector<float> partGaps(MaskView mask);

}  // namespace limbus
