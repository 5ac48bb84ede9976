// Bends and frames: the image by lines or cubics, the mask by the nearest pixel. What comes from
// outside is mirrored, or what its row's border says.
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "native/data/augment/augment_border.h"
#include "native/data/augment/effects.h"
#include "native/data/augment/option_ranges.h"
#include "native/data/augment/resize_pair.h"
#include "native/data/pixels.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

struct Rotate {
  Range degrees{-10, 10};
  bool whole = false;
  Border border;

  void describe(OptionVisitor& v) {
    v.range("degrees", degrees, {-180, 180}, {"anticlockwise", "degrees"});
    v.flag("whole", whole, "whole degrees alone");
    if (whole) requireWhole(v, "degrees", degrees);
    border.describe(v);
  }
};

Effects rotate(const ImageExtent& of, Random& random, const Rotate& options) {
  const auto [low, high] = options.degrees;
  const double degrees =
      options.whole ? wholeOf(options.degrees, random) : random.uniform(low, high);
  const double radians = degrees * kPi / 180, c = cosine(radians), s = sine(radians);
  const double x = of.width / 2.0, y = of.height / 2.0;
  return {{Warp{.matrix = {c, s, x - c * x - s * y, -s, c, y + s * x - c * y},
                .border = options.border}}};
}

struct Translate {
  Range distance{2, 38};
  int multiple = 2;
  Border border{.kind = Border::Kind::black};

  int least() const { return static_cast<int>(std::ceil(distance.low / multiple)); }
  int most() const { return static_cast<int>(distance.high / multiple); }

  void describe(OptionVisitor& v) {
    v.range("distance", distance, {0, 4096}, {"in one of the four directions", "px"});
    v.whole("multiple", multiple, {1, 64}, {"of which the distance is a whole number", "px"});
    v.require(least() <= most(), "distance",
              "expected a range with a multiple of " + std::to_string(multiple) + " in it");
    border.describe(v);
  }
};

Effects translate(const ImageExtent&, Random& random, const Translate& options) {
  const int by = random.integer(options.least(), options.most()) * options.multiple;
  const int direction = random.integer(0, 3);
  const double x = direction == 0 ? by : direction == 1 ? -by : 0;
  const double y = direction == 2 ? by : direction == 3 ? -by : 0;
  return {{Warp{.matrix = {1, 0, x, 0, 1, y}, .border = options.border}}};
}

struct RandomScale {
  Range factor{0.5, 2};
  int longSide = 0;
  bool antialias = true;

  void describe(OptionVisitor& v) {
    v.range("factor", factor, {0.05, 20}, "of both sides, evenly spread");
    v.whole("longSide", longSide, {0, 16384},
            {"that a factor of 1 gives the longer side; 0: as it is", "px"});
    v.flag("antialias", antialias,
           "a smaller image is of means over areas; else of interpolated points");
  }
};

// Changes the size; a crop usually follows.
void randomScale(Pair& pair, Random& random, const RandomScale& options) {
  const int longer = std::max(pair.image.width, pair.image.height);
  const double base = options.longSide > 0 ? static_cast<double>(options.longSide) / longer : 1;
  const double factor = base * random.uniform(options.factor.low, options.factor.high);
  const auto scaled = [factor](int side) {
    return std::max(1, static_cast<int>(std::lrint(side * factor)));
  };
  resizePair(pair, scaled(pair.image.width), scaled(pair.image.height),
             options.antialias && factor < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
}

struct Crop {
  int width = 64, height = 64;
  int fill = 0;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {1, 16384}, {"of the window", "px"});
    v.whole("height", height, {1, 16384}, {"of the window", "px"});
    v.whole("fill", fill, {0, 255},
            {"where the image is smaller, void in the mask", "grey levels"});
  }
};

// A random window; where the image is smaller, filled and void to the right and below.
Effects crop(const ImageExtent& of, Random& random, const Crop& options) {
  const int left = random.integer(0, std::max(0, of.width - options.width));
  const int top = random.integer(0, std::max(0, of.height - options.height));
  return {
      {Frame{left, top, options.width, options.height, static_cast<std::uint8_t>(options.fill)}}};
}

struct Perspective {
  Range shift{0.02, 0.1};

  void describe(OptionVisitor& v) {
    v.range("shift", shift, {0, 0.45}, "of each corner inwards, share of width and height");
  }
};

// A view from the side: four corners inside the image become its own.
Effects perspective(const ImageExtent& of, Random& random, const Perspective& options) {
  const float width = static_cast<float>(of.width - 1);
  const float height = static_cast<float>(of.height - 1);
  const cv::Point2f corners[4] = {{0, 0}, {width, 0}, {width, height}, {0, height}};
  cv::Point2f inside[4];
  for (int i = 0; i < 4; ++i) {
    const auto draw = [&] {
      return static_cast<float>(random.uniform(options.shift.low, options.shift.high));
    };
    const float x = draw() * width, y = draw() * height;
    inside[i] = {corners[i].x + (corners[i].x > 0 ? -x : x),
                 corners[i].y + (corners[i].y > 0 ? -y : y)};
  }
  const cv::Matx33d matrix(cv::getPerspectiveTransform(corners, inside));
  Homography homography;
  std::copy_n(matrix.val, homography.matrix.size(), homography.matrix.begin());
  return {{homography}};
}

struct Elastic {
  Range strength{1, 5};
  Range smoothness{6, 12};
  Border border;

  void describe(OptionVisitor& v) {
    v.range("strength", strength, {0, 200}, {"how far pixels move, root mean square", "px"});
    v.range("smoothness", smoothness, {1, 200}, {"deviation of the blur of the field", "px"});
    border.describe(v);
  }
};

// Simard et al., "Best practices for convolutional neural networks", 2003: a blurred random field.
Effects elastic(const ImageExtent& of, Random& random, const Elastic& options) {
  const double strength = random.uniform(options.strength.low, options.strength.high);
  const double smoothness = random.uniform(options.smoothness.low, options.smoothness.high);
  const Bend bend{random, strength, smoothness, options.border};
  random.skip(bendWords(of));
  return {{bend}};
}

struct GridDistortion {
  int steps = 5;
  double limit = 0.3;

  void describe(OptionVisitor& v) {
    v.whole("steps", steps, {1, 64}, "cells along each side");
    v.number("limit", limit, {0, 0.9}, "each cell is so much wider or narrower at most");
  }
};

// Where the pixels of one side come from, cells stretched by factors in 1 -+ limit.
std::vector<float> stretched(int length, const GridDistortion& options, Random& random) {
  std::vector<double> borders = {0};
  for (int cell = 0; cell < options.steps; ++cell) {
    borders.push_back(borders.back() + random.uniform(1 - options.limit, 1 + options.limit));
  }
  std::vector<float> origins;
  for (int at = 0; at < length; ++at) {
    const double place = static_cast<double>(at) / std::max(1, length - 1) * options.steps;
    const auto cell = std::min(static_cast<std::size_t>(place), borders.size() - 2);
    const double inCell = place - static_cast<double>(cell);
    const double border = borders[cell] + (borders[cell + 1] - borders[cell]) * inCell;
    origins.push_back(static_cast<float>(border / borders.back() * (length - 1)));
  }
  return origins;
}

Effects gridDistortion(const ImageExtent& of, Random& random, const GridDistortion& options) {
  Stretch stretch;
  stretch.columns = stretched(of.width, options, random);
  stretch.rows = stretched(of.height, options, random);
  return {{std::move(stretch)}};
}

AugmentationRow resizing(AugmentationRow row) {
  row.resizes = true;
  return row;
}

}  // namespace

std::vector<AugmentationRow> bendingAugmentations() {
  return {
      drawnRow("rotate", "turns about the centre", Rotate{}, typed<rotate>),
      drawnRow("translate", "moves along one axis", Translate{}, typed<translate>),
      drawnRow("perspective", "seen from the side", Perspective{}, typed<perspective>),
      drawnRow("elastic", "bent by a smooth random field", Elastic{}, typed<elastic>),
      drawnRow("gridDistortion", "columns and rows of cells wider and narrower", GridDistortion{},
               typed<gridDistortion>),
      resizing({"randomScale", "larger or smaller; the image changes its size", RandomScale{},
                typed<randomScale>}),
      resizing(drawnRow("crop", "a random window of a fixed size, padded with void", Crop{},
                        typed<crop>)),
  };
}

}  // namespace limbus
