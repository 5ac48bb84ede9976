// Image and mask move together: the image cubic, the mask nearest.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment_border.h"
#include "native/data/augment_families.h"
#include "native/data/pixels.h"
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

void warp(Image& image, const cv::Matx23d& matrix, int interpolation, int border,
          const cv::Scalar& outside) {
  Image out(image.width, image.height, image.channels);
  cv::Mat to = matOf(out);
  cv::warpAffine(matOf(image), to, matrix, to.size(), interpolation, border, outside);
  image = std::move(out);
}

// About the image's centre; the angle's sign as cv::getRotationMatrix2D has it.
void moveBoth(Pair& pair, const Move& move, const Border& border,
              int imageInterpolation = cv::INTER_CUBIC) {
  const double radians = move.degrees * kPi / 180;
  const double cosX = cosine(radians) * move.scaleX, sinX = sine(radians) * move.scaleX;
  const double cosY = cosine(radians) * move.scaleY, sinY = sine(radians) * move.scaleY;
  const double centreX = pair.image.width / 2.0, centreY = pair.image.height / 2.0;
  const cv::Matx23d matrix(cosX, sinY, centreX - cosX * centreX - sinY * centreY + move.shiftX,
                           -sinX, cosY, centreY + sinX * centreX - cosY * centreY + move.shiftY);
  warp(pair.image, matrix, imageInterpolation, border.mode(), border.ofImage());
  if (pair.mask.pixels.empty()) return;
  warp(pair.mask, matrix, cv::INTER_NEAREST, border.mode(), Border::ofMask());
}

struct ShiftScaleRotate {
  double shift = 0.0625;
  double scale = 0.1;
  double rotate = 15;
  Border border;

  void describe(OptionVisitor& v) {
    v.number("shift", shift, {0, 1}, "at most this share of width and height, both ways");
    v.number("scale", scale, {0, 0.95}, "factor 1 -+ this");
    v.number("rotate", rotate, {0, 180}, {"both ways", "degrees"});
    border.describe(v);
  }
};

void shiftScaleRotate(Pair& pair, Random& random, const ShiftScaleRotate& options) {
  Move move;
  move.degrees = random.uniform(-options.rotate, options.rotate);
  move.scaleX = move.scaleY = random.uniform(1 - options.scale, 1 + options.scale);
  move.shiftX = random.uniform(-options.shift, options.shift) * pair.image.width;
  move.shiftY = random.uniform(-options.shift, options.shift) * pair.image.height;
  moveBoth(pair, move, options.border);
}

void flip(Image& image, int code) {
  if (image.pixels.empty()) return;
  cv::Mat mat = matOf(image);
  cv::flip(mat, mat, code);
}

void flipHorizontal(Pair& pair, Random&, const NoOptions&) {
  flip(pair.image, 1);
  flip(pair.mask, 1);
}

void flipVertical(Pair& pair, Random&, const NoOptions&) {
  flip(pair.image, 0);
  flip(pair.mask, 0);
}

void turn(Image& image, int code) {
  if (image.pixels.empty()) return;
  const bool swaps = code != cv::ROTATE_180;
  Image out(swaps ? image.height : image.width, swaps ? image.width : image.height, image.channels);
  cv::Mat to = matOf(out);
  cv::rotate(matOf(image), to, code);
  image = std::move(out);
}

struct QuarterTurn {
  bool swap = false;

  void describe(OptionVisitor& v) {
    v.flag("swap", swap, "quarter turns of oblong images too, which exchanges width and height");
  }
};

void quarterTurn(Pair& pair, Random& random, const QuarterTurn& options) {
  const bool mayTurn = pair.image.width == pair.image.height || options.swap;
  const int draw = random.integer(0, 2);
  const int code = !mayTurn    ? cv::ROTATE_180
                   : draw == 0 ? cv::ROTATE_90_CLOCKWISE
                   : draw == 1 ? cv::ROTATE_180
                               : cv::ROTATE_90_COUNTERCLOCKWISE;
  turn(pair.image, code);
  turn(pair.mask, code);
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
void zoom(Pair& pair, Random& random, const Zoom& options) {
  const auto [low, high] = options.factor;
  const double factor = low * power(high / low, random.uniform());
  const double stretch = power(options.aspect, random.uniform(-0.5, 0.5));
  Move move;
  move.scaleX = factor * stretch;
  move.scaleY = factor / stretch;
  move.shiftX = random.uniform(-0.5, 0.5) * (move.scaleX - 1) * pair.image.width;
  move.shiftY = random.uniform(-0.5, 0.5) * (move.scaleY - 1) * pair.image.height;
  if (factor >= 0.6) {
    moveBoth(pair, move, options.border);
    return;
  }
  // Far below 1 a point sample would alias.
  cv::Mat image = matOf(pair.image);
  cv::GaussianBlur(image, image, cv::Size(0, 0), 0.5 / factor);
  moveBoth(pair, move, options.border, cv::INTER_LINEAR);
}

}  // namespace

std::vector<AugmentationRow> geometricAugmentations() {
  return {
      {"shiftScaleRotate", "moves, scales and turns about the centre; image cubic, mask nearest",
       ShiftScaleRotate{}, typed<shiftScaleRotate>},
      {"flipHorizontal", "left and right exchanged", NoOptions{}, typed<flipHorizontal>},
      {"flipVertical", "top and bottom exchanged", NoOptions{}, typed<flipVertical>},
      {"rotate90",
       "a quarter, half or three-quarter turn; only half turns where the image is not square",
       QuarterTurn{}, typed<quarterTurn>},
      {"zoom", "magnifies a random window, or shrinks", Zoom{}, typed<zoom>},
  };
}

}  // namespace limbus
