// Resizing of 8-bit images in whole numbers, so that every target and build gives the same bytes.
// Ours because no version of OpenCV promises the roundings of cv::resize to the next.
//
// Separable: each output coordinate is a weighted sum of source coordinates with weights in 1/2048
// that sum to exactly one. Pixel centres correspond as (x + 0.5) * scale - 0.5; edges are clamped.
// linear and cubic (a = -0.75) take 2 and 4 taps at any scale, as OpenCV and PyTorch do; area is
// the mean over the source pixels that an output pixel covers (linear along an axis that grows).
// nearest takes the source pixel that holds the output pixel's centre.
#pragma once

#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"

namespace limbus {

// width and height at least 1; any channel count.
Image resample(ImageView source, int width, int height, Interpolation interpolation);

// For an axis of `size` out of `sourceSize` coordinates the weights behind it, in 1/2048:
// [size][sourceSize].
std::vector<int> resampleWeights(int sourceSize, int size, Interpolation interpolation);

}  // namespace limbus
