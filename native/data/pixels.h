// OpenCV headers over our pixels, without copying.
#pragma once

#include <opencv2/core.hpp>

#include "shared/image.h"

namespace limbus {

inline cv::Mat matOf(Image& image) {
  return {image.height, image.width, CV_8UC(image.channels), image.pixels.data()};
}

inline const cv::Mat matOf(const Image& image) { return matOf(const_cast<Image&>(image)); }

}  // namespace limbus
