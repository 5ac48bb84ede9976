// Contrast limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994), 8 bits.
//
// Gives the bytes of OpenCV's cv::createCLAHE(clipLimit, {tilesX, tilesY}) (a test compares them),
// by arithmetic that is the same in every build; ours because those bytes are a part of each model,
// and no version of OpenCV promises them. Channels of a colour image are treated one by one.
#pragma once

#include "shared/image.h"
#include "shared/manifest.h"

namespace limbus {

void applyClahe(Image& image, const Clahe& options);

}  // namespace limbus
