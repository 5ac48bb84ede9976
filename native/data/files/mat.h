// MATLAB's .mat files as label masks, through matio. Errors name no file: the caller knows it.
//
// The mask is GTcls.Segmentation (SBD), S (COCO-Stuff 10k), or the only matrix in the file.
#pragma once

#include <string_view>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

bool isMat(std::string_view bytes);  // versions 5 to 7.3; only 7.3, which is HDF5, is then refused
Result<ImageSize> matSize(std::string_view bytes);  // wants the whole file

// A matrix [H,W] of any real numbers that are whole and 0 to 255.
Result<Mask> decodeMatMask(std::string_view bytes);

}  // namespace limbus
