// What lenses, sensors and codecs take away: blur, noise, resolution, parts of the image.
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment_families.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

struct GaussianBlur {
  Range kernel{3, 7};
  Range sigma{0, 0};

  void describe(OptionVisitor& v) {
    joinRange(v, "minKernel", "maxKernel", "kernel", kernel);
    v.range("kernel", kernel, {1, 99}, {"of odd size", "px"});
    v.range("sigma", sigma, {0, 99}, {"deviation; 0: by the kernel's size", "px"});
  }
};

void gaussianBlur(Pair& pair, Random& random, const GaussianBlur& options) {
  const int smallest = static_cast<int>(options.kernel.low) / 2;
  const int largest = static_cast<int>(options.kernel.high) / 2;
  const int kernel = 2 * random.integer(smallest, largest) + 1;
  cv::Mat image = matOf(pair.image);
  const bool given = options.sigma.high > 0;
  const double sigma = given ? random.uniform(options.sigma.low, options.sigma.high) : 0;
  cv::GaussianBlur(image, image, cv::Size(kernel, kernel), sigma);
}

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

// 65536 quantiles: a 16-bit draw becomes a normal value by one look-up, 20 times faster than by
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

struct GaussNoise {
  Range variance{10, 50};
  double mean = 0;

  void describe(OptionVisitor& v) {
    joinRange(v, "minVariance", "maxVariance", "variance", variance);
    v.range("variance", variance, {0, 65025}, {"of the noise", "grey levels squared"});
    v.number("mean", mean, {-255, 255},
             {"of the noise; albumentations 0.3.3 had an offset of 10 to 50 here", "grey levels"});
  }
};

void gaussNoise(Pair& pair, Random& random, const GaussNoise& options) {
  const double variance = random.uniform(options.variance.low, options.variance.high);
  const float deviation = static_cast<float>(squareRoot(variance));
  const float mean = static_cast<float>(options.mean);
  const std::vector<float>& table = normalTable();
  std::vector<std::uint8_t>& pixels = pair.image.pixels;
  const auto noisy = [&](std::uint8_t pixel, std::uint32_t draw) {
    return cv::saturate_cast<std::uint8_t>(pixel + mean + deviation * table[draw & 0xFFFF]);
  };
  for (std::size_t i = 0; i < pixels.size(); i += 2) {
    const std::uint32_t bits = random.bits();
    pixels[i] = noisy(pixels[i], bits);
    if (i + 1 < pixels.size()) pixels[i + 1] = noisy(pixels[i + 1], bits >> 16);
  }
}

struct Downscale {
  double low = 0.4;

  void describe(OptionVisitor& v) { v.number("low", low, {0.05, 1}, "smallest factor"); }
};

void downscale(Pair& pair, Random& random, const Downscale& options) {
  const double factor = random.uniform(options.low, 1.0);
  const int width = std::max(1, static_cast<int>(pair.image.width * factor));
  const int height = std::max(1, static_cast<int>(pair.image.height * factor));
  cv::Mat image = matOf(pair.image);
  cv::Mat small;
  cv::resize(image, small, cv::Size(width, height), 0, 0, cv::INTER_AREA);
  cv::resize(small, image, image.size(), 0, 0, cv::INTER_LINEAR);
}

struct MotionBlur {
  double length = 9;

  void describe(OptionVisitor& v) { v.number("length", length, {1, 99}, {"at most", "px"}); }
};

void motionBlur(Pair& pair, Random& random, const MotionBlur& options) {
  const double length = random.uniform(1, options.length);
  const double angle = random.uniform(0, kPi);
  const int radius = static_cast<int>(std::ceil(length / 2));
  cv::Mat kernel = cv::Mat::zeros(2 * radius + 1, 2 * radius + 1, CV_32F);
  const int steps = 4 * radius;
  for (int i = 0; i <= steps; ++i) {
    const double along = length * (static_cast<double>(i) / steps - 0.5);
    kernel.at<float>(static_cast<int>(std::lrint(radius + along * sine(angle))),
                     static_cast<int>(std::lrint(radius + along * cosine(angle)))) +=
        1.0F / static_cast<float>(steps + 1);
  }
  cv::Mat image = matOf(pair.image);
  cv::Mat blurred;
  cv::filter2D(image, blurred, -1, kernel);
  blurred.copyTo(image);
}

struct Cutout {
  int holes = 3;
  double size = 0.2;

  void describe(OptionVisitor& v) {
    v.whole("holes", holes, {1, 1000}, "at most");
    v.number("size", size, {0, 1}, "share of width and height, at most");
  }
};

// The mask keeps what is hidden: the net learns to complete it.
void cutout(Pair& pair, Random& random, const Cutout& options) {
  const int holes = random.integer(1, options.holes);
  cv::Mat image = matOf(pair.image);
  for (int hole = 0; hole < holes; ++hole) {
    const int width = static_cast<int>(random.uniform(0.2, 1) * options.size * pair.image.width);
    const int height = static_cast<int>(random.uniform(0.2, 1) * options.size * pair.image.height);
    const int x = random.integer(0, pair.image.width - 1) - width / 2;
    const int y = random.integer(0, pair.image.height - 1) - height / 2;
    const cv::Rect box = cv::Rect(x, y, width, height) & cv::Rect({0, 0}, image.size());
    image(box).setTo(cv::Scalar::all(random.integer(0, 255)));
  }
}

}  // namespace

std::vector<AugmentationRow> degradingAugmentations() {
  return {
      {"gaussianBlur", "an odd kernel, its deviation derived from its size", GaussianBlur{},
       typed<gaussianBlur>},
      {"gaussNoise", "normal noise on every value", GaussNoise{}, typed<gaussNoise>},
      {"motionBlur", "a straight smear in a random direction", MotionBlur{}, typed<motionBlur>},
      {"downscale", "shrinks and enlarges again: fewer true pixels", Downscale{}, typed<downscale>},
      {"cutout", "grey rectangles over the image; the mask stays", Cutout{}, typed<cutout>},
  };
}

}  // namespace limbus
