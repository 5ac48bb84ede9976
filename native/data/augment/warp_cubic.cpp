#include "native/data/augment/warp_cubic.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <opencv2/core.hpp>
#include <vector>

#include "native/data/augment/opencv_numbers.h"
#include "native/data/pixels.h"

namespace limbus {
namespace {

constexpr int kTaps = 4, kWindow = kTaps * kTaps;
constexpr int kAllPlaces = kWarpPlaces * kWarpPlaces;
constexpr int kFine = 1024;               // of a pixel's place, before it is rounded to kWarpPlaces
constexpr int kMargin = 64;               // px around the image that are made beforehand
constexpr int kHalf = 16384, kBits = 15;  // of the weights, in 1/32768

struct alignas(16) Weights : std::array<std::int16_t, kWindow> {};

const std::vector<Weights>& windowWeights() {
  static const std::vector<Weights> all = [] {
    const std::vector<int> numbers = warpWeights(/*cubic=*/true);
    std::vector<Weights> weights(kAllPlaces);
    for (int i = 0; i < kWindow; ++i) {
      for (int place = 0; place < kAllPlaces; ++place) {
        weights[place][i] = static_cast<std::int16_t>(numbers[i * kAllPlaces + place]);
      }
    }
    return weights;
  }();
  return all;
}

int fine(double place) {
  return static_cast<int>(std::lrint(std::clamp(place * kFine, -1e9, 1e9)));
}

std::uint8_t levelOf(int sum) {
  return static_cast<std::uint8_t>(std::clamp((sum + kHalf) >> kBits, 0, 255));
}

#ifdef __SSE2__

__m128i rowPair(const std::uint8_t* first, const std::uint8_t* second) {
  std::int32_t one, other;
  std::memcpy(&one, first, kTaps);
  std::memcpy(&other, second, kTaps);
  const __m128i bytes = _mm_unpacklo_epi32(_mm_cvtsi32_si128(one), _mm_cvtsi32_si128(other));
  return _mm_unpacklo_epi8(bytes, _mm_setzero_si128());
}

// The sum over a window that lies inside, two rows at a time.
int weighed(const std::uint8_t* corner, std::ptrdiff_t row, const Weights& weights) {
  const auto* half = reinterpret_cast<const __m128i*>(weights.data());
  const __m128i upper = _mm_madd_epi16(rowPair(corner, corner + row), _mm_load_si128(half));
  const __m128i lower =
      _mm_madd_epi16(rowPair(corner + 2 * row, corner + 3 * row), _mm_load_si128(half + 1));
  __m128i sums = _mm_add_epi32(upper, lower);
  sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(1, 0, 3, 2)));
  sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(2, 3, 0, 1)));
  return _mm_cvtsi128_si32(sums);
}

#else

int weighed(const std::uint8_t* corner, std::ptrdiff_t row, const Weights& weights) {
  int sum = 0;
  for (int i = 0; i < kWindow; ++i) sum += corner[row * (i / kTaps) + i % kTaps] * weights[i];
  return sum;
}

#endif

// Where some of the window comes from farther outside.
class Outside {
 public:
  Outside(const Image& image, const Border& border)
      : image_(image), mode_(borderMode(border)), level_(border.level()) {}

  int weighed(int left, int top, const Weights& weights) const {
    std::array<int, kTaps> columns, rows;  // -1: a level that is the same everywhere
    for (int i = 0; i < kTaps; ++i) {
      columns[i] = cv::borderInterpolate(left + i, image_.width, mode_);
      rows[i] = cv::borderInterpolate(top + i, image_.height, mode_);
    }
    int sum = 0;
    for (int i = 0; i < kWindow; ++i) {
      const int x = columns[i % kTaps], y = rows[i / kTaps];
      sum += weights[i] * (x < 0 || y < 0 ? level_ : image_.row(y)[x]);
    }
    return sum;
  }

 private:
  const Image& image_;
  int mode_, level_;
};

int short16(int place) {  // where OpenCV's maps end
  return std::clamp<int>(place, std::numeric_limits<std::int16_t>::min(),
                         std::numeric_limits<std::int16_t>::max());
}

}  // namespace

Image warpGreyCubic(const Image& image, const Warp& warp) {
  const std::array<double, 6> m = originMatrix(warp);
  const std::vector<Weights>& weights = windowWeights();
  const Outside outside(image, warp.border);
  cv::Mat wide;
  cv::copyMakeBorder(matOf(image), wide, kMargin, kMargin, kMargin, kMargin,
                     borderMode(warp.border), cv::Scalar::all(warp.border.level()));
  std::vector<std::array<int, 2>> columns(static_cast<std::size_t>(image.width));
  for (int x = 0; x < image.width; ++x) columns[x] = {fine(m[0] * x), fine(m[3] * x)};
  Image out(image.width, image.height, 1);
  for (int y = 0; y < image.height; ++y) {
    const int rowX = fine(m[1] * y + m[2]) + kFine / kWarpPlaces / 2;
    const int rowY = fine(m[4] * y + m[5]) + kFine / kWarpPlaces / 2;
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < image.width; ++x) {
      const int placeX = (rowX + columns[x][0]) >> 5, placeY = (rowY + columns[x][1]) >> 5;
      const int left = short16(placeX >> 5) - 1, top = short16(placeY >> 5) - 1;
      const Weights& window =
          weights[(placeY & (kWarpPlaces - 1)) * kWarpPlaces + (placeX & (kWarpPlaces - 1))];
      const int wideX = left + kMargin, wideY = top + kMargin;
      const bool known =
          wideX >= 0 && wideY >= 0 && wideX + kTaps <= wide.cols && wideY + kTaps <= wide.rows;
      to[x] = levelOf(known ? weighed(wide.ptr(wideY) + wideX, wide.cols, window)
                            : outside.weighed(left, top, window));
    }
  }
  return out;
}

}  // namespace limbus
