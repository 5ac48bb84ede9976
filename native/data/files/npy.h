// NumPy's .npy format, versions 1 to 3, for label masks.
#pragma once

#include <string>
#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

bool isNpy(std::string_view bytes);

// Height and width of a 2-d array from its header; the bytes may be only the file's beginning.
Result<ImageSize> npySize(std::string_view bytes);

// bool or (u)int of 8, 16, 32 or 64 bits, either byte order, C or Fortran order, values 0 to 255.
Result<Mask> decodeNpyMask(std::string_view bytes);

// Of one that numbers its objects, up to 2^32 - 1: partsOf().
Result<Mask> decodeNpyObjects(std::string_view bytes);

std::string encodeNpyMask(MaskView mask);  // uint8 [H,W], version 1

}  // namespace limbus
