// What touches, parted; and the distances that it is parted by.
#include <catch2/catch_approx.hpp>
#include <cmath>

#include "drawn_masks.h"
#include "result_text.h"
#include "shared/distance.h"
#include "shared/random.h"
#include "shared/vision/watershed.h"

using namespace limbus;
using Catch::Approx;

namespace {

const std::vector<ClassSpec> kCells = {{"background", {}, "background"}, {"nucleus", {}, ""}};

void disc(Mask& mask, double x, double y, double diameterPx) {
  paint(mask, {.centreX = x, .centreY = y, .majorPx = diameterPx, .minorPx = diameterPx}, 1);
}

std::vector<Region> regionsOf(const Mask& mask, double neck, int minAreaPx = 16) {
  const auto analysis = analyse(mask.view(), kCells, {RegionRule::all, minAreaPx, neck});
  REQUIRE(analysis);
  return analysis->regions;
}

}  // namespace

TEST_CASE("distances equal a search over all pixels") {
  for (const auto& [width, height] : {std::pair(1, 1), {1, 9}, {17, 13}, {40, 3}}) {
    Random random(7, static_cast<std::uint32_t>(width), 0, Purpose::test);
    std::vector<std::uint8_t> is(static_cast<std::size_t>(width) * height);
    for (std::uint8_t& one : is) one = random.integer(0, 19) == 0;
    is[is.size() / 2] = 1;
    const std::vector<double> found = squaredDistances(is, width, height);
    for (int i = 0; i < width * height; ++i) {
      double nearest = 1e9;
      for (int j = 0; j < width * height; ++j) {
        const double dx = i % width - j % width, dy = i / width - j / width;
        if (is[j] != 0) nearest = std::min(nearest, dx * dx + dy * dy);
      }
      REQUIRE(found[i] == nearest);
    }
  }
  CHECK(squaredDistances(std::vector<std::uint8_t>(4, 0), 2, 2)[0] > 1e19);
}

TEST_CASE("discs that touch are as many regions as they are discs") {
  Mask mask(120, 60, 1);
  disc(mask, 25, 30, 30);
  disc(mask, 53, 30, 30);  // 2 px into the first: a neck of half the width
  disc(mask, 78, 30, 24);
  CHECK(regionsOf(mask, 0).size() == 1);
  const std::vector<Region> parts = regionsOf(mask, 0.6);
  REQUIRE(parts.size() == 3);
  std::int64_t areaPx = 0;
  for (const Region& part : parts) areaPx += part.areaPx;
  CHECK(areaPx == regionsOf(mask, 0)[0].areaPx);
  // By falling area: the first and second disc, then the small one.
  REQUIRE(parts[2].ellipse);
  CHECK(parts[2].ellipse->centreX == Approx(78).margin(0.7));
  CHECK(parts[2].ellipse->majorPx == Approx(24).margin(1.2));
  for (int big : {0, 1}) {
    REQUIRE(parts[big].ellipse);
    CHECK(parts[big].ellipse->centreY == Approx(30).margin(0.5));
    CHECK(parts[big].ellipse->majorPx == Approx(30).margin(1.5));
    CHECK(parts[big].outline.size() > 8);
  }
  CHECK(std::abs(parts[0].ellipse->centreX - parts[1].ellipse->centreX) == Approx(28).margin(1.5));
}

TEST_CASE("a part that is deep and too small is its neighbour's, not nobody's") {
  Mask mask(60, 12, 1);
  const auto fill = [&](int left, int top, int width, int height) {
    for (int y = top; y < top + height; ++y) {
      for (int x = left; x < left + width; ++x) mask.pixels[y * 60 + x] = 1;
    }
  };
  fill(2, 2, 5, 5);
  fill(7, 4, 2, 1);
  fill(9, 3, 30, 4);
  const std::vector<Region> regions = regionsOf(mask, 0.7, 30);
  REQUIRE(regions.size() == 1);
  CHECK(regions[0].areaPx == 147);
}

TEST_CASE("the neck decides: its width against that of the thinner part") {
  Mask mask(90, 50, 1);
  disc(mask, 25, 25, 40);
  disc(mask, 60, 25, 24);
  for (int y = 19; y <= 31; ++y) {  // a bar 13 px high, 0.54 of the small disc's 24
    for (int x = 25; x < 60; ++x) mask.row(y)[x] = 1;
  }
  CHECK(regionsOf(mask, 0.45).size() == 1);
  CHECK(regionsOf(mask, 0.7).size() == 2);
}

TEST_CASE("what is long, cut by the rim or rough stays whole") {
  Mask mask(100, 100, 1);
  paint(mask, {.centreX = 50, .centreY = 30, .majorPx = 80, .minorPx = 20, .angleDegrees = 20}, 1);
  CHECK(regionsOf(mask, 0.8).size() == 1);

  Mask cut(60, 60, 1);
  disc(cut, 0, 30, 40);
  disc(cut, 60, 60, 30);
  CHECK(regionsOf(cut, 0.8).size() == 2);
  CHECK(regionsOf(Mask(30, 30, 1, 1), 0.8).size() == 1);

  // A bump on a disc is less than the smallest region.
  Mask bump(60, 60, 1);
  disc(bump, 30, 30, 40);
  disc(bump, 30, 8, 4.5);
  CHECK(regionsOf(bump, 0.9, 30).size() == 1);
  CHECK(regionsOf(bump, 0.9, 30)[0].areaPx == regionsOf(bump, 0, 30)[0].areaPx);
}

TEST_CASE("parts of one component leave its neighbours alone") {
  Mask mask(80, 40, 1);
  disc(mask, 15, 20, 20);
  disc(mask, 34, 20, 20);
  disc(mask, 60, 20, 20);  // apart, inside no window of the others
  std::vector<Component> components = findComponents(mask.view());
  for (const Component& component : components) {
    if (component.classIndex != 1) continue;
    const Parts parts = partsOf(mask.view(), component, 0.6, 10);
    std::int64_t areaPx = 0;
    for (const Component& part : parts.components) areaPx += part.areaPx;
    CHECK(areaPx == component.areaPx);
    CHECK(parts.components.size() == (component.left < 20 ? 2 : 1));
    CHECK(parts.at(79, 0) == Parts::kNoPart);
    CHECK(parts.at(15, 20) == (component.left < 20 ? 0 : Parts::kNoPart));
  }
}

TEST_CASE("pupil and iris are never parted") {
  const std::vector<ClassSpec> eye = {{"background", {}, "background"}, {"pupil", {}, "pupil"}};
  Mask mask(80, 40, 1);
  disc(mask, 20, 20, 24);
  disc(mask, 43, 20, 24);
  const auto analysis = analyse(mask.view(), eye, {RegionRule::byRole, 16, 0.6});
  REQUIRE(analysis);
  CHECK(analysis->regions.size() == 1);
}
