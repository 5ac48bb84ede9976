// The orientation that a camera wrote beside its pixels.
#pragma once

#include <string_view>

#include "shared/image.h"

namespace limbus {

// 1 to 8 as EXIF counts them; 1 (upright) when the bytes of an APP1 segment say nothing else.
int exifOrientation(std::string_view segment);

// The image as it should be seen.
Image upright(const Image& image, int orientation);

}  // namespace limbus
