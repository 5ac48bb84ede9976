// The orientation that a camera wrote beside its pixels.
#pragma once

#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"

namespace limbus {

// 1 to 8 as EXIF counts them; 1 (upright) when the block, which is a TIFF's, says nothing else.
int exifOrientation(std::string_view block);

// The image as it should be seen, and its size.
Image upright(Image image, int orientation);
ImageSize upright(ImageSize stored, int orientation);

}  // namespace limbus
