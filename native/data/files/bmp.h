// BMP bytes to pixels, through stb_image. Errors name no file: the caller knows it.
#pragma once

#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

bool isBmp(std::string_view bytes);
Result<ImageSize> bmpSize(std::string_view bytes);  // from the header

// An image, or what a mask stores. One channel where the palette holds greys alone, else RGB; alpha
// over black.
Result<Image> decodeBmp(std::string_view bytes);

}  // namespace limbus
