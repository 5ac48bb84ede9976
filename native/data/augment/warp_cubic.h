// Warp{.cubic = true} of grey pixels by the whole numbers of cv::warpAffine (opencv_numbers.h), in
// half of its time: OpenCV has no vector code for it.
#pragma once

#include "native/data/augment/effects.h"
#include "shared/image.h"

namespace limbus {

// An image of one channel, as large as it is.
Image warpGreyCubic(const Image& image, const Warp& warp);

}  // namespace limbus
