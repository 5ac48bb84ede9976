// The middle of each image, which some published validations see instead of the whole.
#pragma once

#include <memory>

#include "native/data/dataset.h"

namespace limbus {

// Each sample with its shorter side scaled to `sidePx`, the longer one rounded down (image linear,
// mask nearest: shared/vision/resample.h), and of that the square in the middle; an odd pixel too
// many lies right or below.
std::unique_ptr<Dataset> centreSquares(std::unique_ptr<Dataset> whole, int sidePx);

}  // namespace limbus
