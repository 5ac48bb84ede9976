// What lies over one image.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment/effect_parts.h"
#include "native/data/augment/opencv_numbers.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {

void apply(const Boxes& boxes, Pair& pair) {
  const auto cover = [](Image& image, const Boxes::Box& box, int level) {
    cv::Mat mat = matOf(image);
    const cv::Rect inside =
        cv::Rect(box.left, box.top, box.width, box.height) & cv::Rect({0, 0}, mat.size());
    mat(inside).setTo(cv::Scalar::all(level));
  };
  const bool hides = boxes.hides && !pair.mask.pixels.empty();
  for (const Boxes::Box& box : boxes.boxes) {
    cover(pair.image, box, box.level);
    if (hides) cover(pair.mask, box, kVoidLabel);
  }
}

void apply(const Strokes& strokes, Pair& pair) { drawStrokes(strokes, pair.image); }

void apply(const Glare& glare, Pair& pair) {
  Image& image = pair.image;
  const std::size_t rays = glare.rays.size();
  cv::Mat x(1, image.width, CV_32F), y(1, image.width, CV_32F), distance, angle;
  for (int column = 0; column < image.width; ++column) {
    x.at<float>(column) = static_cast<float>(column - glare.middleX);
  }
  for (int row = 0; row < image.height; ++row) {
    y.setTo(row - glare.middleY);
    cv::cartToPolar(x, y, distance, angle);  // radians, [0, 2 pi)
    std::uint8_t* pixel = image.row(row);
    for (int column = 0; column < image.width; ++column) {
      const double fade = std::max(0.0, 1 - distance.at<float>(column) / glare.reach);
      const double place = angle.at<float>(column) / (2 * kPi) * static_cast<double>(rays);
      const auto ray = static_cast<std::size_t>(place) % rays;
      const double between = place - std::floor(place);
      const double lit = glare.rays[ray] * (1 - between) + glare.rays[(ray + 1) % rays] * between;
      const double white = glare.strength * fade * fade * (fade + (1 - fade) * lit);
      for (int c = 0; c < image.channels; ++c, ++pixel) {
        *pixel = static_cast<std::uint8_t>(std::lrint(*pixel + (255 - *pixel) * white));
      }
    }
  }
}

}  // namespace limbus
