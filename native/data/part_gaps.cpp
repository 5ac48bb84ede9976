#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "native/data/mask_maps.h"

namespace limbus {
namespace {

constexpr int kHalfReachPx = kGapReachPx / 2;

// The nearest parts of a pixel, two different ones; part 0 is none.
struct NearestTwo {
  struct One {
    int part = 0;
    int squaredPx = kGapReachPx * kGapReachPx + 1;
  };
  One first, second;

  void offer(int part, int squaredPx) {
    if (part == first.part) {
      first.squaredPx = std::min(first.squaredPx, squaredPx);
    } else if (squaredPx < first.squaredPx) {
      second = first;
      first = {part, squaredPx};
    } else if (squaredPx < second.squaredPx) {
      second = {part, squaredPx};
    }
  }
};

// The connected parts of what is neither class 0 nor void, numbered from 1 on; 0: none.
cv::Mat numberedParts(MaskView mask) {
  const cv::Mat labels(mask.height, mask.width, CV_8U, const_cast<std::uint8_t*>(mask.pixels));
  const cv::Mat inside = (labels != 0) & (labels != kVoidLabel);
  cv::Mat parts;
  cv::connectedComponents(inside, parts, 8, CV_32S);
  return parts;
}

// Along its column alone: of each pixel the two nearest parts above or at it, and below or at it.
void searchColumn(const cv::Mat& parts, int x, std::vector<NearestTwo>& nearest) {
  const int height = parts.rows, width = parts.cols;
  for (const bool downwards : {true, false}) {
    std::array<int, 2> part{}, seenAt{};  // the last one met, and the last of another part
    for (int i = 0; i < height; ++i) {
      const int y = downwards ? i : height - 1 - i;
      const int here = parts.at<int>(y, x);
      if (here != 0) {
        if (here != part[0]) {
          part[1] = part[0];
          seenAt[1] = seenAt[0];
        }
        part[0] = here;
        seenAt[0] = y;
      }
      for (std::size_t k = 0; k < 2; ++k) {
        const int off = y - seenAt[k];
        if (part[k] != 0)
          nearest[static_cast<std::size_t>(y) * width + x].offer(part[k], off * off);
      }
    }
  }
}

// Of the pixel's row: two parts of a column that are nearer than a third hide it from the whole
// row, so that two of each are enough.
NearestTwo searchRow(const NearestTwo* columns, int x, int width) {
  NearestTwo nearest;
  for (int off = 0; off * off < nearest.second.squaredPx; ++off) {
    // The farther of two lies beyond the reach where the nearer lies beyond its half.
    if (off > kHalfReachPx && nearest.first.squaredPx > kHalfReachPx * kHalfReachPx) break;
    for (const int column : {x - off, x + off}) {
      if (column < 0 || column >= width) continue;
      const NearestTwo& there = columns[column];
      for (const NearestTwo::One* one : {&there.first, &there.second}) {
        if (one->part != 0) nearest.offer(one->part, one->squaredPx + off * off);
      }
    }
  }
  return nearest;
}

}  // namespace

std::vector<float> partGaps(MaskView mask) {
  const cv::Mat parts = numberedParts(mask);
  const std::size_t width = static_cast<std::size_t>(mask.width);
  std::vector<NearestTwo> nearest(width * mask.height);
  for (int x = 0; x < mask.width; ++x) searchColumn(parts, x, nearest);
  std::vector<float> gaps(width * mask.height, std::numeric_limits<float>::infinity());
  for (int y = 0; y < mask.height; ++y) {
    const std::size_t row = width * y;
    for (int x = 0; x < mask.width; ++x) {
      if (mask.pixels[row + x] != 0) continue;
      const NearestTwo two = searchRow(nearest.data() + row, x, mask.width);
      if (two.second.part == 0) continue;
      const double gapPx = std::sqrt(static_cast<double>(two.first.squaredPx)) +
                           std::sqrt(static_cast<double>(two.second.squaredPx));
      if (gapPx <= kGapReachPx) gaps[row + x] = static_cast<float>(gapPx);
    }
  }
  return gaps;
}

}  // namespace limbus
