// Image and mask move together: the image cubic, the mask nearest.
#include "native/data/augment/effects.h"
#include "native/data/augment/option_ranges.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

struct Move {
  double degrees = 0;  // anticlockwise
  double scaleX = 1;
  double scaleY = 1;
  double shiftX = 0;  // pixels
  double shiftY = 0;
};

// About the image's centre; the angle's sign as cv::getRotationMatrix2D has it.
Effect moved(const ImageExtent& of, const Move& move, const Border& border, bool cubic = true) {
  const double radians = move.degrees * kPi / 180;
  const double cosX = cosine(radians) * move.scaleX, sinX = sine(radians) * move.scaleX;
  const double cosY = cosine(radians) * move.scaleY, sinY = sine(radians) * move.scaleY;
  const double centreX = of.width / 2.0, centreY = of.height / 2.0;
  return {Warp{{cosX, sinY, centreX - cosX * centreX - sinY * centreY + move.shiftX, -sinX, cosY,
                centreY + sinX * centreX - cosY * centreY + move.shiftY},
               cubic,
               border}};
}

struct ShiftScaleRotate {
  Range shift{-0.0625, 0.0625};
  Range scale{-0.1, 0.1};
  Range rotate{-15, 15};
  Border border;

  void describe(OptionVisitor& v) {
    for (const char* key : {"shift", "scale", "rotate"}) {
      numberAsRange(v, key, NumberMeans::bothWays);
    }
    v.range("shift", shift, {-1, 1}, "share of width and of height; one number: both ways");
    v.range("scale", scale, {-0.95, 19}, "factor 1 + this; one number: both ways");
    v.range("rotate", rotate, {-180, 180}, {"anticlockwise; one number: both ways", "degrees"});
    border.describe(v);
  }
};

Effects shiftScaleRotate(const ImageExtent& of, Random& random, const ShiftScaleRotate& options) {
  Move move;
  const auto [shift, scale, rotate, border] = options;
  move.degrees = random.uniform(rotate.low, rotate.high);
  move.scaleX = move.scaleY = random.uniform(1 + scale.low, 1 + scale.high);
  move.shiftX = random.uniform(shift.low, shift.high) * of.width;
  move.shiftY = random.uniform(shift.low, shift.high) * of.height;
  return {moved(of, move, border)};
}

template <bool kVertical>
Effects flip(const ImageExtent&, Random&, const NoOptions&) {
  return {{Mirror{kVertical}}};
}

struct QuarterTurn {
  bool swap = false;

  void describe(OptionVisitor& v) {
    v.flag("swap", swap, "quarter turns of oblong images too, which exchanges width and height");
  }
};

Effects quarterTurn(const ImageExtent& of, Random& random, const QuarterTurn& options) {
  const bool mayTurn = of.width == of.height || options.swap;
  const int draw = random.integer(0, 2);
  return {{Turn{mayTurn ? draw + 1 : 2}}};
}

struct Zoom {
  Range factor{0.7, 1.6};
  double aspect = 1;
  Border border;

  void describe(OptionVisitor& v) {
    joinRange(v, "low", "high", "factor", factor);
    v.range("factor", factor, {0.05, 20}, "evenly spread in its logarithm");
    v.number("aspect", aspect, {1, 20}, "width against height changes by up to this factor");
    border.describe(v);
  }
};

// Magnifying keeps a random window; shrinking shows what comes from outside.
Effects zoom(const ImageExtent& of, Random& random, const Zoom& options) {
  const auto [low, high] = options.factor;
  const double factor = low * power(high / low, random.uniform());
  const double stretch = power(options.aspect, random.uniform(-0.5, 0.5));
  Move move;
  move.scaleX = factor * stretch;
  move.scaleY = factor / stretch;
  move.shiftX = random.uniform(-0.5, 0.5) * (move.scaleX - 1) * of.width;
  move.shiftY = random.uniform(-0.5, 0.5) * (move.scaleY - 1) * of.height;
  if (factor >= 0.6) return {moved(of, move, options.border)};
  // Far below 1 a point sample would alias.
  return {{Smooth{.sigma = 0.5 / factor}}, moved(of, move, options.border, /*cubic=*/false)};
}

}  // namespace

std::vector<AugmentationRow> geometricAugmentations() {
  return {
      drawnRow("shiftScaleRotate",
               "moves, scales and turns about the centre; image cubic, mask nearest",
               ShiftScaleRotate{}, typed<shiftScaleRotate>),
      drawnRow("flipHorizontal", "left and right exchanged", NoOptions{}, typed<flip<false>>),
      drawnRow("flipVertical", "top and bottom exchanged", NoOptions{}, typed<flip<true>>),
      drawnRow(
          "rotate90",
          "a quarter, half or three-quarter turn; only half turns where the image is not square",
          QuarterTurn{}, typed<quarterTurn>),
      drawnRow("zoom", "magnifies a random window, or shrinks", Zoom{}, typed<zoom>),
  };
}

}  // namespace limbus
