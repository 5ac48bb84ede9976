// Effects on one pair, by OpenCV and plain loops.
#include "native/data/augment/effects.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <span>

#include "native/data/augment/effect_parts.h"
#include "native/data/augment/random_words.h"
#include "native/data/augment/warp_cubic.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

// Standard normal value below which a share p lies (P. J. Acklam's rational approximation, relative
// error 1.2e-9).
double normalQuantile(double p) {
  constexpr std::array<double, 6> a = {-3.969683028665376e+01, 2.209460984245205e+02,
                                       -2.759285104469687e+02, 1.383577518672690e+02,
                                       -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr std::array<double, 5> b = {-5.447609879822406e+01, 1.615858368580409e+02,
                                       -1.556989798598866e+02, 6.680131188771972e+01,
                                       -1.328068155288572e+01};
  constexpr std::array<double, 6> c = {-7.784894002430293e-03, -3.223964580411365e-01,
                                       -2.400758277161838e+00, -2.549732539343734e+00,
                                       4.374664141464968e+00,  2.938163982698783e+00};
  constexpr std::array<double, 4> d = {7.784695709041462e-03, 3.224671290700398e-01,
                                       2.445134137142996e+00, 3.754408661907416e+00};
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const double q = squareRoot(-2 * naturalLog(p));
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  }
  const double q = p - 0.5, r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

double meanOf(const Image& image) {
  std::uint64_t sum = 0;
  for (std::uint8_t value : image.pixels) sum += value;
  return image.pixels.empty() ? 0 : static_cast<double>(sum) / image.pixels.size();
}

// Image and mask alike; `level`: what stands in the image where the mask is void.
template <class Change>
void changeBoth(Pair& pair, const Change& change, int level = 0) {
  change(pair.image, static_cast<std::uint8_t>(level));
  if (!pair.mask.pixels.empty()) change(pair.mask, std::uint8_t{kVoidLabel});
}

void apply(const Mirror& mirror, Pair& pair) {
  changeBoth(pair, [&](Image& image, std::uint8_t) {
    cv::Mat mat = matOf(image);
    cv::flip(mat, mat, mirror.vertical ? 0 : 1);
  });
}

void apply(const Turn& turn, Pair& pair) {
  const int code = turn.quarters == 1   ? cv::ROTATE_90_CLOCKWISE
                   : turn.quarters == 2 ? cv::ROTATE_180
                                        : cv::ROTATE_90_COUNTERCLOCKWISE;
  const bool swaps = turn.quarters != 2;
  changeBoth(pair, [&](Image& image, std::uint8_t) {
    Image out(swaps ? image.height : image.width, swaps ? image.width : image.height,
              image.channels);
    cv::Mat to = matOf(out);
    cv::rotate(matOf(image), to, code);
    image = std::move(out);
  });
}

void apply(const Warp& warp, Pair& pair) {
  const auto& m = warp.matrix;
  const cv::Matx23d matrix(m[0], m[1], m[2], m[3], m[4], m[5]);
  const auto change = [&](Image& image, std::uint8_t outside) {
    const bool ofMask = &image == &pair.mask;
    if (!ofMask && warp.cubic && image.channels == 1) {
      image = warpGreyCubic(image, warp);
      return;
    }
    const int interpolation = ofMask       ? cv::INTER_NEAREST
                              : warp.cubic ? cv::INTER_CUBIC
                                           : cv::INTER_LINEAR;
    Image out(image.width, image.height, image.channels);
    cv::Mat to = matOf(out);
    cv::warpAffine(matOf(image), to, matrix, to.size(), interpolation, borderMode(warp.border),
                   cv::Scalar::all(outside));
    image = std::move(out);
  };
  changeBoth(pair, change, warp.border.level());
}

void apply(const Frame& frame, Pair& pair) {
  const auto change = [&](Image& image, std::uint8_t outside) {
    Image out(frame.width, frame.height, image.channels, outside);
    const int rows = std::min(frame.height, image.height - frame.top);
    const int bytes = std::min(frame.width, image.width - frame.left) * image.channels;
    for (int y = 0; y < rows; ++y) {
      std::copy_n(image.row(frame.top + y) + frame.left * image.channels, bytes, out.row(y));
    }
    image = std::move(out);
  };
  changeBoth(pair, change, frame.fill);
}

void apply(const Levels& levels, Pair& pair) {
  std::vector<std::uint8_t>& pixels = pair.image.pixels;
  const std::size_t tables = levels.tables.size();
  if (tables == 1) {
    for (std::uint8_t& pixel : pixels) pixel = levels.tables[0][pixel];
    return;
  }
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = levels.tables[i % tables][pixels[i]];
}

void apply(const Contrast& contrast, Pair& pair) {
  const double offset = contrast.brightness * meanOf(pair.image) + contrast.offset;
  const auto changed = [&](int level) { return level * contrast.contrast + offset; };
  apply(Levels{{levelTable(changed)}}, pair);
}

void apply(const Slope& slope, Pair& pair) {
  Image& image = pair.image;
  for (int y = 0; y < image.height; ++y) {
    const double atRow = 1 + slope.alongY * (2.0 * y / image.height - 1);
    std::uint8_t* row = image.row(y);
    for (int x = 0; x < image.width; ++x) {
      const double gain = atRow + slope.alongX * (2.0 * x / image.width - 1);
      for (int c = 0; c < image.channels; ++c, ++row) *row = toByte(*row * gain);
    }
  }
}

void apply(const Smooth& smooth, Pair& pair) {
  cv::Mat image = matOf(pair.image);
  cv::GaussianBlur(image, image, cv::Size(smooth.size, smooth.size), smooth.sigma);
}

void apply(const Noise& noise, Pair& pair) {
  const std::vector<float>& table = normalTable();
  std::vector<std::uint8_t>& pixels = pair.image.pixels;
  Random stream = noise.stream;
  const auto noisy = [&](std::uint8_t pixel, std::uint32_t draw) {
    return cv::saturate_cast<std::uint8_t>(pixel + noise.mean +
                                           noise.deviation * table[draw & 0xFFFF]);
  };
  std::array<std::uint32_t, 1024> words;
  for (std::size_t first = 0; first < pixels.size(); first += 2 * words.size()) {
    std::uint8_t* const at = pixels.data() + first;
    const std::size_t count = std::min(pixels.size() - first, 2 * words.size());
    drawWords(stream, std::span(words).first((count + 1) / 2));
    for (std::size_t i = 0; i + 1 < count; i += 2) {
      at[i] = noisy(at[i], words[i / 2]);
      at[i + 1] = noisy(at[i + 1], words[i / 2] >> 16);
    }
    if (count % 2 == 1) at[count - 1] = noisy(at[count - 1], words[count / 2]);
  }
}

}  // namespace

// A 16-bit draw becomes a normal value by one look-up, 20 times faster than by
// logarithms.
const std::vector<float>& normalTable() {
  static const std::vector<float> table = [] {
    std::vector<float> values(65536);
    for (int i = 0; i < 65536; ++i) {
      values[i] = static_cast<float>(normalQuantile((i + 0.5) / 65536));
    }
    return values;
  }();
  return table;
}

void applyAll(const Effects& effects, Pair& pair) {
  for (const Effect& effect : effects) {
    std::visit([&](const auto& what) { apply(what, pair); }, effect.what);
  }
}

ImageExtent extentAfter(const Effect& effect, ImageExtent before) {
  if (const auto* frame = std::get_if<Frame>(&effect.what)) {
    return {frame->width, frame->height, before.channels};
  }
  const auto* turn = std::get_if<Turn>(&effect.what);
  if (turn != nullptr && turn->quarters != 2) std::swap(before.width, before.height);
  return before;
}

ImageExtent extentAfter(const Drawn& drawn, ImageExtent before) {
  for (const Effect& effect : drawn.effects) before = extentAfter(effect, before);
  return before;
}

}  // namespace limbus
