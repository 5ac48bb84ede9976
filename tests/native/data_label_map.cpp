// Label maps: numbers, colours and names to classes; what means nothing is named.
#include <catch2/catch_test_macros.hpp>

#include "native/data/label_map.h"

using namespace limbus;

namespace {

const std::vector<ClassSpec> kClasses = {
    {"road", {128, 64, 128}, ""}, {"sky", {2, 2, 2}, ""}, {"car", {0, 0, 142}, ""}};

Image stored(int channels, std::vector<std::uint8_t> pixels) {
  Image image(static_cast<int>(pixels.size()) / channels, 1, channels);
  image.pixels = std::move(pixels);
  return image;
}

using Labels = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("label map: numbers and colours of classes, void") {
  LabelMap map = LabelMap::ofClasses(kClasses);
  REQUIRE(map.classesOf(stored(1, {0, 2, 1, 255}))->pixels == Labels{0, 2, 1, kVoidLabel});
  REQUIRE(map.classesOf(stored(3, {0, 0, 142, 128, 64, 128}))->pixels == Labels{2, 0});
  REQUIRE(map.add(7, "void"));
  REQUIRE(map.add(8, "car"));
  REQUIRE(map.add({9, 8, 7}, "void"));
  REQUIRE(map.classesOf(stored(1, {7, 8, 1}))->pixels == Labels{kVoidLabel, 2, 1});
  REQUIRE(map.classesOf(stored(3, {9, 8, 7, 0, 0, 142}))->pixels == Labels{kVoidLabel, 2});
}

TEST_CASE("label map: by name alone, for data sets with numbers and colours of their own") {
  LabelMap map = LabelMap::byName(kClasses, LabelValues::either);
  REQUIRE(map.add(33, "car"));
  REQUIRE(map.add({1, 2, 3}, "sky"));
  REQUIRE(map.classesOf(stored(1, {33, 255}))->pixels == Labels{2, kVoidLabel});
  REQUIRE(map.classesOf(stored(3, {1, 2, 3}))->pixels == Labels{1});
  REQUIRE(map.classesOf(stored(1, {0})).error().message ==
          "label 0 in 1 of 1 pixels, first at (0, 0) (expected 33, or 255 for void)");
  REQUIRE(map.add(34, "lorry").error().message ==
          "unknown class 'lorry'; known: road, sky, car, void");
  REQUIRE_FALSE(map.add(256, "car"));
  REQUIRE(map.addOtherNumbers("void"));
  REQUIRE(map.classesOf(stored(1, {0, 33}))->pixels == Labels{kVoidLabel, 2});
}

TEST_CASE("label map: what means nothing is named, with what was expected") {
  LabelMap map = LabelMap::ofClasses(kClasses);
  REQUIRE(
      map.classesOf(stored(1, {0, 5, 9})).error().message ==
      "label 9 in 1 of 3 pixels, first at (2, 0), and 1 other (expected 0 to 2, or 255 for void)");
  REQUIRE(map.add(11, "void"));
  REQUIRE(map.classesOf(stored(1, {3})).error().message ==
          "label 3 in 1 of 1 pixels, first at (0, 0) (expected 0 to 2, or 11, 255 for void)");
  REQUIRE(map.classesOf(stored(3, {0, 0, 142, 5, 6, 7})).error().message ==
          "colour #050607 in 1 of 2 pixels, first at (1, 0) (expected #00008e car, #020202 sky, "
          "#804080 road)");
  REQUIRE(LabelMap::ofClasses({}).classesOf(stored(3, {1, 2, 3})).error().message ==
          "colour #010203 in 1 of 1 pixels, first at (0, 0) (expected numbers: no colours of "
          "classes are known here)");
  std::vector<ClassSpec> alike = kClasses;
  alike[2].colour = alike[0].colour;
  REQUIRE(LabelMap::ofClasses(alike).classesOf(stored(3, {128, 64, 128})).error().message ==
          "colour #804080 is that of two classes; give each one of its own");
}

TEST_CASE("label map: grey RGB is numbers or colours, whichever makes sense, never a guess") {
  const LabelMap either = LabelMap::ofClasses(kClasses);
  REQUIRE(either.classesOf(stored(3, {0, 0, 0, 1, 1, 1}))->pixels == Labels{0, 1});  // numbers
  const Image unclear = stored(3, {2, 2, 2});  // 2 is a car, #020202 is sky
  REQUIRE(either.classesOf(unclear).error().message.find("\"labels\": \"numbers\"") !=
          std::string::npos);
  REQUIRE(LabelMap::ofClasses(kClasses, LabelValues::numbers).classesOf(unclear)->pixels ==
          Labels{2});
  const LabelMap colours = LabelMap::ofClasses(kClasses, LabelValues::colours);
  REQUIRE(colours.classesOf(unclear)->pixels == Labels{1});
  REQUIRE(colours.classesOf(stored(1, {2}))->pixels ==
          Labels{1});  // a grey image holds colours too
  std::vector<ClassSpec> bright = kClasses;
  bright[1].colour = {200, 200, 200};
  REQUIRE(LabelMap::ofClasses(bright).classesOf(stored(3, {200, 200, 200}))->pixels == Labels{1});
}

TEST_CASE("label map: binary masks, soft edges and all") {
  const LabelMap map = LabelMap::ofClasses(kClasses, LabelValues::binary);
  REQUIRE(map.classesOf(stored(1, {0, 127, 128, 255}))->pixels == Labels{0, 0, 1, 1});
  REQUIRE(map.classesOf(stored(3, {0, 0, 0, 255, 255, 255}))->pixels == Labels{0, 1});
}

TEST_CASE("label map: without classes every number means itself") {
  const LabelMap map = LabelMap::ofClasses({});
  REQUIRE(map.takesAnyNumber());
  REQUIRE_FALSE(LabelMap::ofClasses(kClasses).takesAnyNumber());
  REQUIRE(map.classesOf(stored(1, {0, 77, 254, 255}))->pixels == Labels{0, 77, 254, kVoidLabel});
}
