#include "native/data/fingerprint.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/pixels.h"
#include "shared/hash.h"

namespace limbus {
namespace {

constexpr int kSide = 16;

}  // namespace

std::uint64_t contentHash(ImageView image) {
  const int shape[] = {image.width, image.channels};
  return fnv1a64(image.pixels, image.sizeBytes(), fnv1a64(shape, sizeof shape));
}

std::optional<Fingerprint> fingerprint(ImageView image) {
  constexpr double kFlat = 2;  // grey levels of deviation
  const cv::Mat source(image.height, image.width, CV_8UC(image.channels),
                       const_cast<std::uint8_t*>(image.pixels));
  cv::Mat grey = source, small;
  if (image.channels == 3) cv::cvtColor(source, grey, cv::COLOR_RGB2GRAY);
  cv::resize(grey, small, {kSide, kSide}, 0, 0, cv::INTER_AREA);
  Fingerprint print;
  double sum = 0, squares = 0;
  for (int i = 0; i < kSide * kSide; ++i) {
    const int x = i % kSide;
    const double level = small.at<std::uint8_t>(i / kSide, x);
    const int next = small.at<std::uint8_t>(i / kSide, std::min(x + 1, kSide - 1));
    if (level < next) print.slopes[i / 64] |= std::uint64_t{1} << (i % 64);
    print.levels[i] = static_cast<float>(level);
    sum += level;
    squares += level * level;
  }
  const double mean = sum / (kSide * kSide);
  const double length = std::sqrt(squares - sum * mean);
  if (length < kFlat * kSide) return std::nullopt;
  for (float& level : print.levels) level = static_cast<float>((level - mean) / length);
  return print;
}

bool nearlyEqual(const Fingerprint& one, const Fingerprint& other) {
  constexpr float kAlike = 0.99F;
  if (!fewDiffer(one.slopes, other.slopes)) return false;
  float correlation = 0;
  for (std::size_t i = 0; i < one.levels.size(); ++i) {
    correlation += one.levels[i] * other.levels[i];
  }
  return correlation > kAlike;
}

}  // namespace limbus
