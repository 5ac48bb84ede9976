// Light: grey values change, the mask stays.
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment_families.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"
#include "shared/vision/clahe.h"

namespace limbus {
namespace {

template <class Function>
void mapValues(Image& image, Function function) {
  std::array<std::uint8_t, 256> table;
  for (int value = 0; value < 256; ++value) table[value] = toByte(function(value));
  for (std::uint8_t& pixel : image.pixels) pixel = table[pixel];
}

double meanOf(const Image& image) {
  std::uint64_t sum = 0;
  for (std::uint8_t value : image.pixels) sum += value;
  return image.pixels.empty() ? 0 : static_cast<double>(sum) / image.pixels.size();
}

struct BrightnessContrast {
  double contrast = 0.2;
  double brightness = 0.2;

  void describe(OptionVisitor& v) {
    v.number("contrast", contrast, {0, 1}, "share, both ways");
    v.number("brightness", brightness, {0, 2}, "share of the mean, both ways");
  }
};

void brightnessContrast(Pair& pair, Random& random, const BrightnessContrast& options) {
  const double contrast = 1 + random.uniform(-options.contrast, options.contrast);
  const double brightness = random.uniform(-options.brightness, options.brightness);
  const double offset = brightness * meanOf(pair.image);
  mapValues(pair.image, [&](int value) { return value * contrast + offset; });
}

struct GammaCurve {
  Range exponent{0.8, 1.25};

  void describe(OptionVisitor& v) {
    joinRange(v, "low", "high", "exponent", exponent);
    v.range("exponent", exponent, {0.01, 100}, "evenly spread in its logarithm");
  }
};

void gammaCurve(Pair& pair, Random& random, const GammaCurve& options) {
  const auto [low, high] = options.exponent;
  const double exponent = low * power(high / low, random.uniform());
  mapValues(pair.image, [&](int value) { return 255 * power(value / 255.0, exponent); });
}

struct LightGradient {
  double strength = 0.4;

  void describe(OptionVisitor& v) {
    v.number("strength", strength, {0, 1}, "at most 1 -+ this at the edges");
  }
};

// A plane of light across the image: as bright on one side as it is dark on the other.
void lightGradient(Pair& pair, Random& random, const LightGradient& options) {
  const double angle = random.uniform(0, 2 * kPi);
  const double strength = random.uniform(0, options.strength);
  const double alongX = strength * cosine(angle), alongY = strength * sine(angle);
  Image& image = pair.image;
  for (int y = 0; y < image.height; ++y) {
    const double atRow = 1 + alongY * (2.0 * y / image.height - 1);
    std::uint8_t* row = image.row(y);
    for (int x = 0; x < image.width; ++x) {
      const double gain = atRow + alongX * (2.0 * x / image.width - 1);
      for (int c = 0; c < image.channels; ++c, ++row) *row = toByte(*row * gain);
    }
  }
}

struct NarrowRange {
  double low = 0.3;

  void describe(OptionVisitor& v) {
    v.number("low", low, {0.02, 1}, "smallest width of the band, share of 255");
  }
};

// All contrast squeezed into a random band: dark, washed-out or flat cameras.
void narrowRange(Pair& pair, Random& random, const NarrowRange& options) {
  const double span = 255 * random.uniform(options.low, 1.0);
  const double bottom = random.uniform(0, 255 - span);
  mapValues(pair.image, [&](int value) { return bottom + value * span / 255; });
}

struct ClaheOptions {
  Range clipLimit{1, 4};
  int tiles = 8;

  void describe(OptionVisitor& v) {
    v.range("clipLimit", clipLimit, {0.1, 100}, "evenly spread; how much contrast may grow");
    v.whole("tiles", tiles, {1, 64}, "along each side");
  }
};

// Of colours the lightness alone (CIE L*a*b*), so that no hue changes.
void clahe(Pair& pair, Random& random, const ClaheOptions& options) {
  const Clahe rule{.clipLimit = random.uniform(options.clipLimit.low, options.clipLimit.high),
                   .tilesX = options.tiles,
                   .tilesY = options.tiles};
  if (pair.image.channels != 3) {
    applyClahe(pair.image, rule);
    return;
  }
  cv::Mat image = matOf(pair.image), lab;
  cv::cvtColor(image, lab, cv::COLOR_RGB2Lab);
  Image lightness(pair.image.width, pair.image.height, 1);
  cv::Mat light = matOf(lightness);
  cv::extractChannel(lab, light, 0);
  applyClahe(lightness, rule);
  cv::insertChannel(light, lab, 0);
  cv::cvtColor(lab, image, cv::COLOR_Lab2RGB);
}

}  // namespace

std::vector<AugmentationRow> photometricAugmentations() {
  return {
      {"brightnessContrast",
       "out = in * (1 -+ contrast) + mean * (-+ brightness), mean that of the image",
       BrightnessContrast{}, typed<brightnessContrast>},
      {"gamma", "out = 255 * (in / 255) ^ exponent", GammaCurve{}, typed<gammaCurve>},
      {"lightGradient", "a slope of light across the image in a random direction", LightGradient{},
       typed<lightGradient>},
      {"narrowRange", "squeezes all grey values into a random band: dark, pale or flat cameras",
       NarrowRange{}, typed<narrowRange>},
      {"clahe", "local contrast evened out, within a limit (CLAHE)", ClaheOptions{}, typed<clahe>},
  };
}

}  // namespace limbus
