// Light: grey values change, the mask stays.
#include <algorithm>
#include <array>
#include <cmath>

#include "native/data/augment_families.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

using Options = std::map<std::string, double>;

std::uint8_t toByte(double value) {
  return static_cast<std::uint8_t>(std::lrint(std::clamp(value, 0.0, 255.0)));
}

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

void brightnessContrast(Pair& pair, const Options& options, Random& random) {
  const double contrast = 1 + random.uniform(-options.at("contrast"), options.at("contrast"));
  const double brightness = random.uniform(-options.at("brightness"), options.at("brightness"));
  const double offset = brightness * meanOf(pair.image);
  mapValues(pair.image, [&](int value) { return value * contrast + offset; });
}

void gammaCurve(Pair& pair, const Options& options, Random& random) {
  const double low = std::max(0.01, options.at("low"));
  const double high = std::max(low, options.at("high"));
  const double exponent = low * power(high / low, random.uniform());
  mapValues(pair.image, [&](int value) { return 255 * power(value / 255.0, exponent); });
}

// A plane of light across the image: as bright on one side as it is dark on the other.
void lightGradient(Pair& pair, const Options& options, Random& random) {
  const double angle = random.uniform(0, 2 * kPi);
  const double strength = random.uniform(0, options.at("strength"));
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

// All contrast squeezed into a random band: dark, washed-out or flat cameras.
void narrowRange(Pair& pair, const Options& options, Random& random) {
  const double span = 255 * random.uniform(std::clamp(options.at("low"), 0.02, 1.0), 1.0);
  const double bottom = random.uniform(0, 255 - span);
  mapValues(pair.image, [&](int value) { return bottom + value * span / 255; });
}

}  // namespace

std::vector<AugmentationRow> photometricAugmentations() {
  return {
      {"brightnessContrast",
       "out = in * (1 -+ contrast) + mean * (-+ brightness), mean that of the image",
       {{"contrast", 0.2, "share, both ways"}, {"brightness", 0.2, "share of the mean, both ways"}},
       brightnessContrast},
      {"gamma",
       "out = 255 * (in / 255) ^ gamma",
       {{"low", 0.8, "smallest exponent"}, {"high", 1.25, "largest exponent"}},
       gammaCurve},
      {"lightGradient",
       "a slope of light across the image in a random direction",
       {{"strength", 0.4, "at most 1 -+ this at the edges"}},
       lightGradient},
      {"narrowRange",
       "squeezes all grey values into a random band: dark, pale or flat cameras",
       {{"low", 0.3, "smallest width of the band, share of 255"}},
       narrowRange},
  };
}

}  // namespace limbus
