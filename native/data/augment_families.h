// The rows of augment.cpp by family, one file each.
#pragma once

#include <vector>

#include "native/data/augment.h"

namespace limbus {

std::vector<AugmentationRow> geometricAugmentations();    // augment_geometry.cpp
std::vector<AugmentationRow> photometricAugmentations();  // augment_light.cpp
std::vector<AugmentationRow> degradingAugmentations();    // augment_noise.cpp

}  // namespace limbus
