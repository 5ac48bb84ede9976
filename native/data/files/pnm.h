// PGM and PPM bytes (P5 and P6) to pixels. Ours, as stb_image takes a file that ends early for
// whole and the low byte of 16 bits. Errors name no file: the caller knows it.
#pragma once

#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

bool isPnm(std::string_view bytes);
Result<ImageSize> pnmSize(std::string_view bytes);  // from the header

Result<Image> decodePnm(std::string_view bytes);        // grey or RGB; of 16 bits the high byte
Result<Image> decodePnmLabels(std::string_view bytes);  // of 8 bits, as they are

}  // namespace limbus
