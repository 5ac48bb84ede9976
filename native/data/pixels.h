// OpenCV headers over our pixels, without copying; and values that become pixels.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>

#include "native/data/augment/augment_border.h"
#include "shared/image.h"

namespace limbus {

inline cv::Mat matOf(Image& image) {
  return {image.height, image.width, CV_8UC(image.channels), image.pixels.data()};
}

inline const cv::Mat matOf(const Image& image) { return matOf(const_cast<Image&>(image)); }

inline int borderMode(const Border& border) {
  return border.isConstant()                   ? cv::BORDER_CONSTANT
         : border.kind == Border::Kind::mirror ? cv::BORDER_REFLECT_101
                                               : cv::BORDER_REPLICATE;
}

// Rounded, and held in [0,255].
inline std::uint8_t toByte(double value) {
  return static_cast<std::uint8_t>(std::lrint(std::clamp(value, 0.0, 255.0)));
}

// What becomes of each level.
template <class Function>
std::array<std::uint8_t, 256> levelTable(const Function& function) {
  std::array<std::uint8_t, 256> table;
  for (int level = 0; level < 256; ++level) table[level] = toByte(function(level));
  return table;
}

}  // namespace limbus
