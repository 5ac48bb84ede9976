// What lies in front of an eye: glare and lines, as RITnet (Chaudhary et al., 2019) was trained
// with. The mask stays.
#include <algorithm>
#include <cmath>

#include "native/data/augment/effects.h"
#include "native/data/augment/option_ranges.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

struct Lines {
  Range count{1, 9};
  int width = 4;
  Range middle{0.3, 0.7};

  void describe(OptionVisitor& v) {
    v.range("count", count, {1, 100}, "of lines, whole numbers");
    requireWhole(v, "count", count);
    v.whole("width", width, {1, 64}, {"of a line", "px"});
    v.range("middle", middle, {0, 1}, "share of width and height, where they all cross");
  }
};

// White lines through one point, each at an angle of its own.
Effects lines(const ImageExtent& of, Random& random, const Lines& options) {
  const double x = random.uniform(options.middle.low, options.middle.high) * of.width;
  const double y = random.uniform(options.middle.low, options.middle.high) * of.height;
  const double reach = of.width + of.height;
  const int count = wholeOf(options.count, random);
  Strokes strokes{.width = options.width};
  for (int i = 0; i < count; ++i) {
    const double angle = random.uniform(0, kPi);
    const double alongX = reach * cosine(angle), alongY = reach * sine(angle);
    const auto whole = [](double place) { return static_cast<int>(std::lrint(place)); };
    strokes.lines.push_back(
        {whole(x - alongX), whole(y - alongY), whole(x + alongX), whole(y + alongY)});
  }
  return {{std::move(strokes)}};
}

struct Starburst {
  Range rays{60, 120};
  double strength = 1;
  double reach = 0.45;
  double shift = 0.1;

  void describe(OptionVisitor& v) {
    v.range("rays", rays, {4, 720}, "of them, whole numbers");
    requireWhole(v, "rays", rays);
    v.number("strength", strength, {0, 1}, "of the glare in its middle");
    v.number("reach", reach, {0.01, 2}, "share of the shorter side at which it has faded away");
    v.number("shift", shift, {0, 0.5}, "of its middle from the image's, share of width and height");
  }
};

// A bright middle with rays of random strength that fade outwards.
Effects starburst(const ImageExtent& of, Random& random, const Starburst& options) {
  Glare glare{.reach = options.reach * std::min(of.width, of.height), .strength = options.strength};
  const int rays = wholeOf(options.rays, random);
  for (int i = 0; i < rays; ++i) glare.rays.push_back(random.uniform());
  glare.middleX = (0.5 + random.uniform(-options.shift, options.shift)) * of.width;
  glare.middleY = (0.5 + random.uniform(-options.shift, options.shift)) * of.height;
  return {{std::move(glare)}};
}

struct CoarseDropout {
  Range holes{1, 8};
  Range size{0.02, 0.1};
  int fill = 0;
  bool hides = true;

  void describe(OptionVisitor& v) {
    v.range("holes", holes, {1, 1000}, "of them, whole numbers");
    requireWhole(v, "holes", holes);
    v.range("size", size, {0.001, 1}, "share of width and height");
    v.whole("fill", fill, {0, 255}, {"of the holes", "grey levels"});
    v.flag("hides", hides, "what is hidden takes no part; or the mask stays");
  }
};

Effects coarseDropout(const ImageExtent& of, Random& random, const CoarseDropout& options) {
  const int holes = wholeOf(options.holes, random);
  Boxes drawn{.hides = options.hides};
  for (int hole = 0; hole < holes; ++hole) {
    const auto side = [&](int whole) {
      const double share = random.uniform(options.size.low, options.size.high);
      return std::clamp(static_cast<int>(std::lrint(share * whole)), 1, whole);
    };
    Boxes::Box box{.level = static_cast<std::uint8_t>(options.fill)};
    box.width = side(of.width);
    box.height = side(of.height);
    box.top = random.integer(0, of.height - box.height);
    box.left = random.integer(0, of.width - box.width);
    drawn.boxes.push_back(box);
  }
  return {{std::move(drawn)}};
}

}  // namespace

std::vector<AugmentationRow> coveringAugmentations() {
  return {
      drawnRow("lines", "white lines through one point (RITnet)", Lines{}, typed<lines>),
      drawnRow("starburst", "glare with rays (RITnet)", Starburst{}, typed<starburst>),
      drawnRow("coarseDropout", "rectangles of one grey level, void where they hide",
               CoarseDropout{}, typed<coarseDropout>),
  };
}

}  // namespace limbus
