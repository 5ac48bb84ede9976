// JPEG bytes to pixels and back, through libjpeg.
//
// The markers are walked before decoding: size from the frame header, and an end marker after the
// last scan. What libjpeg only warns about (data that ends or goes wrong in the middle) is an error
// here: it would otherwise hand out a partly grey image.
#pragma once

#include <string>
#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

bool isJpeg(std::string_view bytes);
Result<ImageSize> jpegSize(std::string_view bytes);  // upright: EXIF orientation applied

// Grey stays one channel, everything else (CMYK too) becomes RGB; EXIF orientation is applied.
Result<Image> decodeJpeg(std::string_view bytes);

// `quality` 1 to 100, as libjpeg means it.
Result<std::string> encodeJpeg(const Image& image, int quality);

}  // namespace limbus
