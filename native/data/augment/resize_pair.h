// A sample in another size.
#pragma once

#include <opencv2/imgproc.hpp>
#include <utility>

#include "native/data/augment/augment.h"
#include "native/data/pixels.h"
#include "shared/vision/resample.h"

namespace limbus {

// The image by one of OpenCV's interpolations, the mask by the nearest pixel centre:
// cv::INTER_NEAREST would shift it by up to half a pixel.
inline void resizePair(Pair& pair, int width, int height, cv::InterpolationFlags interpolation) {
  if (pair.image.width == width && pair.image.height == height) return;
  Image image(width, height, pair.image.channels);
  cv::Mat to = matOf(image);
  cv::resize(matOf(pair.image), to, to.size(), 0, 0, interpolation);
  pair.image = std::move(image);
  if (pair.mask.pixels.empty()) return;
  pair.mask = resample(pair.mask.view(), width, height, Interpolation::nearest);
}

}  // namespace limbus
