// Colours and codecs. Grey images have one value: what colours would do to it is all that happens.
#include "native/data/augment/effects.h"
#include "native/data/augment/option_ranges.h"
#include "native/data/files/jpeg.h"
#include "native/data/pixels.h"

namespace limbus {
namespace {

struct RgbShift {
  Range shift{-20, 20};

  void describe(OptionVisitor& v) {
    v.range("shift", shift, {-255, 255}, {"of each channel by itself", "grey levels"});
  }
};

Effects rgbShift(const ImageExtent& of, Random& random, const RgbShift& options) {
  Levels levels;
  for (int c = 0; c < of.channels; ++c) {
    const double shift = random.uniform(options.shift.low, options.shift.high);
    levels.tables.push_back(levelTable([&](int level) { return level + shift; }));
  }
  return {{std::move(levels)}};
}

struct HueSaturation {
  Range hue{-20, 20};
  Range saturation{-30, 30};
  Range value{-20, 20};

  void describe(OptionVisitor& v) {
    v.range("hue", hue, {-90, 90}, "turn, in steps of two degrees");
    v.range("saturation", saturation, {-255, 255}, "added, of 255");
    v.range("value", value, {-255, 255}, {"added to the brightest channel", "grey levels"});
  }
};

Effects hueSaturation(const ImageExtent& of, Random& random, const HueSaturation& options) {
  const double hue = random.uniform(options.hue.low, options.hue.high);
  const double saturation = random.uniform(options.saturation.low, options.saturation.high);
  const double value = random.uniform(options.value.low, options.value.high);
  if (of.channels == 3) return {{HueShift{hue, saturation, value}}};
  return {{Levels{{levelTable([&](int level) { return level + value; })}}}};
}

struct Jpeg {
  Range quality{60, 100};

  void describe(OptionVisitor& v) {
    v.range("quality", quality, {1, 100}, "of libjpeg, whole numbers");
    requireWhole(v, "quality", quality);
  }
};

Result<void> jpeg(Pair& pair, Random& random, const SampleSource&, const Jpeg& options) {
  const int quality = wholeOf(options.quality, random);
  const Result<std::string> bytes = encodeJpeg(pair.image, quality);
  if (!bytes) return fail(bytes.error());
  Result<Image> decoded = decodeJpeg(*bytes);
  if (!decoded) return fail(decoded.error());
  pair.image = std::move(*decoded);
  return {};
}

}  // namespace

std::vector<AugmentationRow> colourAugmentations() {
  return {
      drawnRow("rgbShift", "every channel brighter or darker by itself", RgbShift{},
               typed<rgbShift>),
      drawnRow("hueSaturation", "hue, saturation and value moved", HueSaturation{},
               typed<hueSaturation>),
      {"jpeg", "written as JPEG and read again", Jpeg{}, nullptr, typed<jpeg>},
  };
}

}  // namespace limbus
