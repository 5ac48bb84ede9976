// WebP bytes to pixels, through libwebp. Errors name no file: the caller knows it.
#pragma once

#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

bool isWebp(std::string_view bytes);
Result<ImageSize> webpSize(std::string_view bytes);  // from the header

Result<Image> decodeWebp(std::string_view bytes);  // RGB; alpha over black

// What a mask stores, as RGB (alpha, if any, is left out): of lossless files alone, for others blur
// the colours.
Result<Image> decodeWebpLabels(std::string_view bytes);

}  // namespace limbus
