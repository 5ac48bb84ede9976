// Masks that number their objects, 0 where there is none, as ImageJ, CellPose and StarDist write.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/image.h"

namespace limbus {

// `numbers`: [H,W]. 1 where an object lies, 0 elsewhere. Where two touch, by a side or a corner,
// pixels of the larger number are left out: each object is a part of its own.
Mask partsOf(const std::vector<std::uint32_t>& numbers, int width, int height);

}  // namespace limbus
