#include "native/data/mask_maps.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace limbus {
namespace {

cv::Mat distanceTo(const cv::Mat& isTarget) {
  cv::Mat distance;
  cv::distanceTransform(isTarget == 0, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return distance;
}

}  // namespace

std::vector<float> classDistances(MaskView mask, int classes) {
  const int pixels = mask.width * mask.height;
  std::vector<float> all(static_cast<std::size_t>(classes) * pixels, 0.0F);
  const cv::Mat labels(mask.height, mask.width, CV_8U, const_cast<std::uint8_t*>(mask.pixels));
  for (int label = 0; label < classes; ++label) {
    const cv::Mat inside = labels == label;
    const int count = cv::countNonZero(inside);
    if (count == 0 || count == pixels) continue;
    const cv::Mat outside = inside == 0;
    cv::Mat out(mask.height, mask.width, CV_32F,
                all.data() + static_cast<std::size_t>(label) * pixels);
    distanceTo(inside).copyTo(out, outside);
    cv::Mat(1 - distanceTo(outside)).copyTo(out, inside);
  }
  return all;
}

std::vector<std::uint8_t> classEdges(MaskView mask) {
  std::vector<std::uint8_t> edges(static_cast<std::size_t>(mask.width) * mask.height, 0);
  const auto differ = [&](std::size_t a, std::size_t b) {
    const std::uint8_t one = mask.pixels[a], other = mask.pixels[b];
    if (one == other || one == kVoidLabel || other == kVoidLabel) return;
    edges[a] = edges[b] = 1;
  };
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * mask.width + x;
      if (x + 1 < mask.width) differ(at, at + 1);
      if (y + 1 < mask.height) differ(at, at + mask.width);
    }
  }
  return edges;
}

}  // namespace limbus
