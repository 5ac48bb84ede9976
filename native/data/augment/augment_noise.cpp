// What lenses, sensors and codecs take away: blur, noise, resolution, parts of the image.
#include <algorithm>
#include <cmath>

#include "native/data/augment/effects.h"
#include "native/data/augment/option_ranges.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

struct GaussianBlur {
  Range kernel{3, 7};
  Range sigma{0, 0};

  // Half of what is odd.
  int smallest() const { return static_cast<int>(std::ceil((kernel.low - 1) / 2)); }
  int largest() const { return static_cast<int>((kernel.high - 1) / 2); }

  void describe(OptionVisitor& v) {
    joinRange(v, "minKernel", "maxKernel", "kernel", kernel);
    v.range("kernel", kernel, {1, 99}, {"of odd size", "px"});
    v.require(smallest() <= largest(), "kernel", "expected a range with an odd number in it");
    v.range("sigma", sigma, {0, 99}, {"deviation; 0: by the kernel's size", "px"});
  }
};

Effects gaussianBlur(const ImageExtent&, Random& random, const GaussianBlur& options) {
  const int kernel = 2 * random.integer(options.smallest(), options.largest()) + 1;
  const bool given = options.sigma.high > 0;
  const double sigma = given ? random.uniform(options.sigma.low, options.sigma.high) : 0;
  return {{Smooth{kernel, sigma}}};
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

Effects gaussNoise(const ImageExtent& of, Random& random, const GaussNoise& options) {
  const double variance = random.uniform(options.variance.low, options.variance.high);
  const Noise noise{.stream = random,
                    .deviation = static_cast<float>(squareRoot(variance)),
                    .mean = static_cast<float>(options.mean)};
  random.skip(noiseWords(of));
  return {{noise}};
}

struct Downscale {
  double low = 0.4;

  void describe(OptionVisitor& v) { v.number("low", low, {0.05, 1}, "smallest factor"); }
};

Effects downscale(const ImageExtent& of, Random& random, const Downscale& options) {
  const double factor = random.uniform(options.low, 1.0);
  const auto shrunk = [&](int side) { return std::max(1, static_cast<int>(side * factor)); };
  return {{Coarsen{shrunk(of.width), shrunk(of.height)}}};
}

struct MotionBlur {
  Range length{1, 9};

  void describe(OptionVisitor& v) {
    numberAsRange(v, "length", NumberMeans::from1);
    v.range("length", length, {1, 99}, {"of the smear; one number: from 1", "px"});
  }
};

Effects motionBlur(const ImageExtent&, Random& random, const MotionBlur& options) {
  const double length = random.uniform(options.length.low, options.length.high);
  const double angle = random.uniform(0, kPi);
  const int radius = static_cast<int>(std::ceil(length / 2)), size = 2 * radius + 1;
  Smear smear{radius, std::vector<float>(static_cast<std::size_t>(size) * size)};
  const int steps = 4 * radius;
  for (int i = 0; i <= steps; ++i) {
    const double along = length * (static_cast<double>(i) / steps - 0.5);
    const auto place = [&](double share) {
      return static_cast<std::size_t>(std::lrint(radius + along * share));
    };
    smear.weights[place(sine(angle)) * size + place(cosine(angle))] +=
        1.0F / static_cast<float>(steps + 1);
  }
  return {{std::move(smear)}};
}

struct Cutout {
  Range holes{1, 3};
  Range size{0.04, 0.2};

  void describe(OptionVisitor& v) {
    numberAsRange(v, "holes", NumberMeans::from1);
    v.range("holes", holes, {1, 1000}, "how many, whole numbers; one number: from 1");
    requireWhole(v, "holes", holes);
    numberAsRange(v, "size", NumberMeans::fromFifth);
    v.range("size", size, {0, 1}, "share of width and of height; one number: from a fifth of it");
  }
};

// The mask keeps what is hidden: the net learns to complete it.
Effects cutout(const ImageExtent& of, Random& random, const Cutout& options) {
  const int holes = wholeOf(options.holes, random);
  Boxes drawn;
  for (int hole = 0; hole < holes; ++hole) {
    const auto [least, most] = options.size;
    const int width = static_cast<int>(random.uniform(least, most) * of.width);
    const int height = static_cast<int>(random.uniform(least, most) * of.height);
    const int x = random.integer(0, of.width - 1) - width / 2;
    const int y = random.integer(0, of.height - 1) - height / 2;
    const int level = random.integer(0, 255);
    drawn.boxes.push_back({x, y, width, height, static_cast<std::uint8_t>(level)});
  }
  return {{std::move(drawn)}};
}

}  // namespace

std::vector<AugmentationRow> degradingAugmentations() {
  return {
      drawnRow("gaussianBlur", "an odd kernel, its deviation derived from its size", GaussianBlur{},
               typed<gaussianBlur>),
      drawnRow("gaussNoise", "normal noise on every value", GaussNoise{}, typed<gaussNoise>),
      drawnRow("motionBlur", "a straight smear in a random direction", MotionBlur{},
               typed<motionBlur>),
      drawnRow("downscale", "shrinks and enlarges again: fewer true pixels", Downscale{},
               typed<downscale>),
      drawnRow("cutout", "grey rectangles over the image; the mask stays", Cutout{}, typed<cutout>),
  };
}

}  // namespace limbus
