// A model of which everything is known: its classes lean on the pixel's level and on the place in
// what it is shown, so that every cut, turn and scale shows.
#pragma once

#include <algorithm>
#include <utility>

#include "native/infer/planes.h"
#include "native_catch.h"
#include "shared/random.h"

class SmallPredictor : public limbus::Predictor {
 public:
  explicit SmallPredictor(double lean = 2, int classes = 3) : lean_(lean), classes_(classes) {}

  // Of class c at x, y of an image of w x h.
  double logit(limbus::ImageView image, int c, int x, int y) const {
    const double level = image.row(y)[x * image.channels] / 64.0;
    return c * (level - 1.8) + lean_ * (c - 1) * ((x + 0.5) / image.width - 0.4) -
           lean_ * c * c * ((y + 0.5) / image.height - 0.6);
  }

  limbus::Result<limbus::Field> predict(limbus::ImageView image) const override {
    const int w = image.width, h = image.height;
    widest = std::max(widest, w);
    highest = std::max(highest, h);
    limbus::Field field{
        .logits = {{classes_, h, w}, {}},
        .output = {},
        .placement = {.sourceWidth = w, .sourceHeight = h, .inputWidth = w, .inputHeight = h}};
    for (int c = 0; c < classes_; ++c) {
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
          field.logits.values.push_back(static_cast<float>(logit(image, c, x, y)));
        }
      }
    }
    return field;
  }

  mutable int widest = 0, highest = 0;  // that it was shown

 private:
  double lean_;
  int classes_;
};

// Levels without any order, a pixel's neighbours alike.
inline limbus::Image patchyImage(int width, int height, std::uint32_t seed = 1) {
  limbus::Random random(seed, 0, 0, limbus::Purpose::test);
  limbus::Image image(width, height, 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool again = x % 3 != 0;
      image.row(y)[x] =
          again ? image.row(y)[x - 1] : static_cast<std::uint8_t>(random.integer(0, 255));
    }
  }
  return image;
}

inline limbus::Mask maskBy(const limbus::Predictor& predictor, const limbus::Image& image) {
  const limbus::Result<limbus::Field> field = predictor.predict(image.view());
  REQUIRE(field);
  const limbus::Result<limbus::Mask> mask = limbus::maskOf(*field);
  REQUIRE(mask);
  return *mask;
}

// Largest difference; both are of one size.
inline double largestGap(const limbus::Planes& a, const limbus::Planes& b) {
  REQUIRE((a.classes == b.classes && a.width == b.width && a.height == b.height));
  REQUIRE(a.values.size() == b.values.size());
  double gap = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    gap = std::max(gap, std::abs(static_cast<double>(a.values[i]) - b.values[i]));
  }
  return gap;
}
