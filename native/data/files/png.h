// PNG bytes to pixels and back, through libpng.
//
// Headers are checked before anything is allocated; a file that ends early, or whose header
// promises more than its bytes can hold, is an error and never a partly decoded image. Errors name
// no file: the caller knows it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

struct ImageSize {
  int width = 0;
  int height = 0;
};

constexpr std::int64_t kMaxImagePixels = std::int64_t{1} << 28;

// Both sides at least 1 and at most kMaxImagePixels in all.
Result<ImageSize> checkImageSize(std::uint64_t width, std::uint64_t height);

bool isPng(std::string_view bytes);
bool isPngOf16Bits(std::string_view bytes);         // a value
Result<ImageSize> pngSize(std::string_view bytes);  // upright; needs all before the pixels

// Grey stays one channel, everything else becomes RGB; alpha is composited over black. An EXIF
// orientation before the pixels is applied, here and to masks, as browsers do.
Result<Image> decodePng(std::string_view bytes);

// What a mask stores: grey values or palette indices as one channel, RGB as three (alpha, if any,
// is left out).
Result<Image> decodePngLabels(std::string_view bytes);

// Of a grey mask that numbers its objects, in up to 16 bits: partsOf().
Result<Mask> decodePngObjects(std::string_view bytes);

// 1 (grey), 3 (RGB) or 4 (RGBA) channels of 8 bits; 2: grey of 16 bits, the high byte first.
Result<std::string> encodePng(ImageView image);

// Class indices, one channel, that show in colours; every index has to have one.
Result<std::string> encodePalettePng(MaskView mask,
                                     const std::vector<std::array<std::uint8_t, 3>>& palette);

}  // namespace limbus
