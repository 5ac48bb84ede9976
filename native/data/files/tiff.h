// TIFF bytes to pixels, through libtiff. Errors name no file: the caller knows it.
#pragma once

#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

bool isTiff(std::string_view bytes);
Result<ImageSize> tiffSize(std::string_view bytes);  // upright; often wants the whole file

// Whether pages follow behind these bytes, of which tiffSize then counts too few.
bool tiffGoesOn(std::string_view beginning);

bool isTiffOf16Bits(std::string_view bytes);  // a value

// Grey stays one channel, everything else becomes RGB; alpha over black, 16-bit values keep their
// high byte. Several pages of one size are an error: nothing says which one is meant.
Result<Image> decodeTiff(std::string_view bytes);

// Of a grey mask that numbers its objects, in up to 16 bits: partsOf().
Result<Mask> decodeTiffObjects(std::string_view bytes);

// What a mask stores: grey values or palette indices of 8 bits as one channel, RGB as three.
Result<Image> decodeTiffLabels(std::string_view bytes);

}  // namespace limbus
