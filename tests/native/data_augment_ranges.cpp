// Augmentations: what their options allow, and that it is kept to.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "augment_pairs.h"
#include "result_text.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;

TEST_CASE("augment: brightness and contrast stay inside their ranges") {
  for (std::uint32_t index = 0; index < 50; ++index) {
    Pair pair{Image(2, 2, 1), Mask()};
    pair.image.pixels = {80, 80, 120, 120};  // mean 100
    const Pair changed = applied("[{\"name\": \"brightnessContrast\", \"p\": 1}]", pair, index);
    const int low = changed.image.pixels[0], high = changed.image.pixels[2];
    REQUIRE(high - low >= 40 * 0.8 - 1);
    REQUIRE(high - low <= 40 * 1.2 + 1);
    REQUIRE(low >= 80 * 0.8 - 20 - 1);
    REQUIRE(high <= 120 * 1.2 + 20 + 1);
  }
}

TEST_CASE("augment: where whole numbers are drawn, a range without one is refused") {
  for (const char* row :
       {R"("name": "cutout", "holes": [1.2, 1.8])",
        R"("name": "coarseDropout", "holes": [1.2, 1.8])",
        R"("name": "lines", "count": [1.2, 1.8])", R"("name": "starburst", "rays": [4.2, 4.8])",
        R"("name": "jpeg", "quality": [90.2, 90.8])",
        R"("name": "rotate", "degrees": [1.2, 1.8], "whole": true)"}) {
    CAPTURE(row);
    const auto list = parseAugmentations(std::string("[{") + row + "}]");
    REQUIRE_FALSE(list);
    REQUIRE(list.error().message.find("expected a range with a whole number in it") !=
            std::string::npos);
  }
  REQUIRE(parseAugmentations(R"([{"name": "rotate", "degrees": [1.2, 1.8]}])"));
}

TEST_CASE("augment: nothing is drawn outside a range for want of an odd number or a multiple") {
  const auto refusal = [](const std::string& row) {
    const auto list = parseAugmentations("[{" + row + "}]");
    return list ? std::string() : list.error().message;
  };
  CHECK_THAT(refusal(R"("name": "gaussianBlur", "kernel": [4, 4])"),
             ContainsSubstring("expected a range with an odd number in it"));
  CHECK_THAT(refusal(R"("name": "translate", "distance": [3, 3])"),
             ContainsSubstring("expected a range with a multiple of 2 in it"));
  CHECK(refusal(R"("name": "gaussianBlur", "kernel": [4, 5])").empty());
  CHECK(refusal(R"("name": "translate", "distance": [3, 3], "multiple": 3)").empty());
  Image dot(31, 31, 1, 0);
  dot.row(15)[15] = 255;
  for (std::uint32_t index = 0; index < 20; ++index) {  // 3 or 5, and never 7
    const Pair blurred =
        applied(R"([{"name": "gaussianBlur", "p": 1, "kernel": [2, 6], "sigma": [9, 9]}])",
                {dot, Mask()}, index);
    CHECK(blurred.image.row(15)[18] == 0);
    CHECK(blurred.image.row(15)[16] > 0);
  }
}

TEST_CASE("augment: brightness by the maximum is a share of 255") {
  Pair pair{Image(2, 1, 1), Mask()};
  pair.image.pixels = {80, 120};
  const std::string row =
      R"([{"name": "brightnessContrast", "p": 1, "contrast": [0, 0], "brightness": [0.2, 0.2])";
  REQUIRE(applied(row + "}]", pair).image.pixels == std::vector<std::uint8_t>{100, 140});
  REQUIRE(applied(row + R"(, "byMaximum": true}])", pair).image.pixels ==
          std::vector<std::uint8_t>{131, 171});
}

TEST_CASE("augment: one number stands for a range, which may lie anywhere") {
  struct Row {
    const char *name, *number, *range, *other;
  };
  for (const Row& row : std::vector<Row>{
           {"shiftScaleRotate", R"("shift": 0.2)", R"("shift": [-0.2, 0.2])",
            R"("shift": [0.1, 0.2])"},
           {"shiftScaleRotate", R"("scale": 0.5)", R"("scale": [-0.5, 0.5])",
            R"("scale": [0.4, 0.5])"},
           {"shiftScaleRotate", R"("rotate": 90)", R"("rotate": [-90, 90])",
            R"("rotate": [80, 90])"},
           {"brightnessContrast", R"("contrast": 0.4)", R"("contrast": [-0.4, 0.4])",
            R"("contrast": [0.3, 0.4])"},
           {"brightnessContrast", R"("brightness": 0.4)", R"("brightness": [-0.4, 0.4])",
            R"("brightness": [0.3, 0.4])"},
           {"lightGradient", R"("strength": 0.8)", R"("strength": [0, 0.8])",
            R"("strength": [0.7, 0.8])"},
           {"motionBlur", R"("length": 30)", R"("length": [1, 30])", R"("length": [25, 30])"},
           {"cutout", R"("holes": 6)", R"("holes": [1, 6])", R"("holes": [6, 6])"},
           {"cutout", R"("size": 0.5)", R"("size": [0.1, 0.5])", R"("size": [0.4, 0.5])"}}) {
    CAPTURE(row.name, row.number);
    const Pair before = discPair(60, 40);
    int differing = 0;
    for (std::uint32_t index = 0; index < 8; ++index) {
      const auto with = [&](const char* option) {
        return applied(std::string("[{\"p\": 1, \"name\": \"") + row.name + "\", " + option + "}]",
                       before, index);
      };
      const Pair one = with(row.number), same = with(row.range);
      REQUIRE(one.image.pixels == same.image.pixels);
      REQUIRE(one.mask.pixels == same.mask.pixels);
      differing += with(row.other).image.pixels != one.image.pixels ? 1 : 0;
    }
    REQUIRE(differing >= 4);
  }
}

TEST_CASE("augment: shift, scale and angle stay inside their ranges") {
  for (std::uint32_t index = 0; index < 50; ++index) {
    const Pair before = discPair(200, 200);
    const Pair moved = applied("[{\"name\": \"shiftScaleRotate\", \"p\": 1}]", before, index);
    double area = 0, x = 0, y = 0, wasArea = 0;
    for (int row = 0; row < 200; ++row) {
      for (int column = 0; column < 200; ++column) {
        wasArea += before.mask.row(row)[column];
        if (moved.mask.row(row)[column] == 0) continue;
        area += 1;
        x += column;
        y += row;
      }
    }
    const double scale = std::sqrt(area / wasArea);
    REQUIRE((scale > 0.89 && scale < 1.11));
    // Centre of the disc: 20 px left of the middle, turned by up to 15 degrees, moved by up
    // to 12.5.
    REQUIRE(std::abs(x / area - 80) < 12.5 + 2 + 1.5);
    REQUIRE(std::abs(y / area - 100) < 12.5 + 22 * std::sin(15 * 3.14159 / 180) + 1.5);
  }
}
