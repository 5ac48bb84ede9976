// Light: grey values change, the mask stays.
#include <opencv2/imgproc.hpp>

#include "native/data/augment/effects.h"
#include "native/data/augment/option_ranges.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"
#include "shared/vision/clahe.h"

namespace limbus {
namespace {

struct BrightnessContrast {
  Range contrast{-0.2, 0.2};
  Range brightness{-0.2, 0.2};
  bool byMaximum = false;

  void describe(OptionVisitor& v) {
    numberAsRange(v, "contrast", NumberMeans::bothWays);
    numberAsRange(v, "brightness", NumberMeans::bothWays);
    v.range("contrast", contrast, {-1, 10}, "factor 1 + this; one number: both ways");
    v.range("brightness", brightness, {-2, 2}, "share of the mean; one number: both ways");
    v.flag("byMaximum", byMaximum, "brightness is a share of 255, not of the image's mean");
  }
};

Effects brightnessContrast(const ImageExtent&, Random& random, const BrightnessContrast& options) {
  const double contrast = 1 + random.uniform(options.contrast.low, options.contrast.high);
  const double brightness = random.uniform(options.brightness.low, options.brightness.high);
  if (options.byMaximum) return {{Contrast{.contrast = contrast, .offset = 255 * brightness}}};
  return {{Contrast{.contrast = contrast, .brightness = brightness}}};
}

struct GammaCurve {
  Range exponent{0.8, 1.25};

  void describe(OptionVisitor& v) {
    joinRange(v, "low", "high", "exponent", exponent);
    v.range("exponent", exponent, {0.01, 100}, "evenly spread in its logarithm");
  }
};

Effects gammaCurve(const ImageExtent&, Random& random, const GammaCurve& options) {
  const auto [low, high] = options.exponent;
  const double exponent = low * power(high / low, random.uniform());
  return {{Levels{{levelTable([&](int v) { return 255 * power(v / 255.0, exponent); })}}}};
}

struct LightGradient {
  Range strength{0, 0.4};

  void describe(OptionVisitor& v) {
    numberAsRange(v, "strength", NumberMeans::from0);
    v.range("strength", strength, {0, 1}, "1 -+ this at the edges; one number: from 0");
  }
};

// A plane of light across the image: as bright on one side as it is dark on the other.
Effects lightGradient(const ImageExtent&, Random& random, const LightGradient& options) {
  const double angle = random.uniform(0, 2 * kPi);
  const double strength = random.uniform(options.strength.low, options.strength.high);
  return {{Slope{strength * cosine(angle), strength * sine(angle)}}};
}

struct NarrowRange {
  double low = 0.3;

  void describe(OptionVisitor& v) {
    v.number("low", low, {0.02, 1}, "smallest width of the band, share of 255");
  }
};

// All contrast squeezed into a random band: dark, washed-out or flat cameras.
Effects narrowRange(const ImageExtent&, Random& random, const NarrowRange& options) {
  const double span = 255 * random.uniform(options.low, 1.0);
  const double bottom = random.uniform(0, 255 - span);
  return {{Levels{{levelTable([&](int value) { return bottom + value * span / 255; })}}}};
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
      drawnRow("brightnessContrast",
               "out = in * (1 + contrast) + mean * brightness, mean that of the image",
               BrightnessContrast{}, typed<brightnessContrast>),
      drawnRow("gamma", "out = 255 * (in / 255) ^ exponent", GammaCurve{}, typed<gammaCurve>),
      drawnRow("lightGradient", "a slope of light across the image in a random direction",
               LightGradient{}, typed<lightGradient>),
      drawnRow("narrowRange",
               "squeezes all grey values into a random band: dark, pale or flat cameras",
               NarrowRange{}, typed<narrowRange>),
      {"clahe", "local contrast evened out, within a limit (CLAHE)", ClaheOptions{}, typed<clahe>},
  };
}

}  // namespace limbus
