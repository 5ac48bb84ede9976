// The eye renderer: the same scene from the same names, masks that are the drawn shapes, looks
// inside the ranges measured on real headset images.
#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "shared/eyes/eyes.h"

namespace {

using limbus::Ellipse;
using limbus::Render;
using limbus::renderEye;

Render rendered(const std::string& preset, std::uint64_t seed, std::uint32_t index) {
  limbus::Result<Render> result = renderEye(preset, seed, index);
  REQUIRE(result);
  return std::move(*result);
}

// Inside the ellipse grown by `margin` pixels on every half axis.
bool inside(const Ellipse& e, double x, double y, double margin) {
  const double angle = e.angleDegrees * 3.14159265358979 / 180.0;
  const double dx = x - e.centreX;
  const double dy = y - e.centreY;
  const double u = (dx * std::cos(angle) + dy * std::sin(angle)) / (0.5 * e.majorPx + margin);
  const double v = (dy * std::cos(angle) - dx * std::sin(angle)) / (0.5 * e.minorPx + margin);
  return u * u + v * v < 1.0;
}

struct Look {
  std::array<double, 4> share{}, mean{}, deviation{};
  double imageMean = 0, imageDeviation = 0, dark = 0;
};

Look lookOf(const Render& render) {
  std::array<double, 4> count{}, sum{}, square{};
  double dark = 0;
  for (std::size_t i = 0; i < render.image.pixels.size(); ++i) {
    const double grey = render.image.pixels[i];
    const int c = render.mask.pixels[i];
    count[c] += 1;
    sum[c] += grey;
    square[c] += grey * grey;
    dark += grey <= 8 ? 1 : 0;
  }
  Look look;
  const double all = static_cast<double>(render.image.pixels.size());
  for (int c = 0; c < 4; ++c) {
    look.share[c] = count[c] / all;
    look.mean[c] = count[c] > 0 ? sum[c] / count[c] : 0;
    look.deviation[c] =
        count[c] > 0 ? std::sqrt(std::max(0.0, square[c] / count[c] - look.mean[c] * look.mean[c]))
                     : 0;
  }
  look.imageMean = (sum[0] + sum[1] + sum[2] + sum[3]) / all;
  look.imageDeviation = std::sqrt((square[0] + square[1] + square[2] + square[3]) / all -
                                  look.imageMean * look.imageMean);
  look.dark = dark / all;
  return look;
}

template <class Get>
double median(const std::vector<Look>& looks, Get get) {
  std::vector<double> values;
  for (const Look& look : looks) values.push_back(get(look));
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

}  // namespace

TEST_CASE("every eye preset renders at its size, with legal classes") {
  REQUIRE(limbus::eyePresets().size() >= 7);
  for (const limbus::EyePresetRow& row : limbus::eyePresets()) {
    CAPTURE(row.name);
    std::array<int, 5> seen{};
    for (std::uint32_t index = 0; index < 12; ++index) {
      const Render render = rendered(row.name, 5, index);
      REQUIRE(render.image.width == row.width);
      REQUIRE(render.image.height == row.height);
      REQUIRE(render.image.channels == 1);
      REQUIRE(render.mask.width == row.width);
      REQUIRE(render.mask.height == row.height);
      REQUIRE(render.pupil.has_value());
      REQUIRE(render.iris.has_value());
      CHECK(render.pupil->majorPx < render.iris->majorPx);
      for (std::uint8_t c : render.mask.pixels) {
        ++seen[std::min<int>(c, 4)];
      }
      const auto range =
          std::minmax_element(render.image.pixels.begin(), render.image.pixels.end());
      CHECK(*range.second - *range.first > 10);
    }
    for (int c = 0; c < 4; ++c) CHECK(seen[c] > 0);
    CHECK(seen[4] == 0);
  }
}

TEST_CASE("an eye is named by preset, seed and index alone") {
  for (const char* preset : {"openeds2019", "any"}) {
    const Render first = rendered(preset, 9, 4);
    (void)rendered(preset, 9, 5);
    (void)rendered("usb", 1, 0);
    const Render again = rendered(preset, 9, 4);
    CHECK(first.image.pixels == again.image.pixels);
    CHECK(first.mask.pixels == again.mask.pixels);
    CHECK(first.image.pixels != rendered(preset, 9, 6).image.pixels);
    CHECK(first.image.pixels != rendered(preset, 10, 4).image.pixels);
  }
}

TEST_CASE("the visible pupil and iris are their ellipses, up to lids") {
  int open = 0;
  for (const char* preset : {"openeds2019", "iris", "headset", "usb"}) {
    for (std::uint32_t index = 0; index < 12; ++index) {
      CAPTURE(preset, index);
      const Render render = rendered(preset, 21, index);
      const Ellipse& pupil = *render.pupil;
      const Ellipse& limbus = *render.iris;
      const double slack = 0.5 + 0.01 * pupil.majorPx;  // out of round by at most 1.5 percent
      double pupilArea = 0;
      int wrong = 0;
      for (int y = 0; y < render.mask.height; ++y) {
        for (int x = 0; x < render.mask.width; ++x) {
          const int c = render.mask.row(y)[x];
          pupilArea += c == 3 ? 1 : 0;
          if (c == 3 && !inside(pupil, x, y, slack)) ++wrong;
          if (c == 2 && inside(pupil, x, y, -slack)) ++wrong;
          if (c >= 2 && !inside(limbus, x, y, 0.01)) ++wrong;
          if (c == 1 && inside(limbus, x, y, -0.01)) ++wrong;
        }
      }
      CHECK(wrong == 0);
      const double whole = 0.25 * 3.14159265358979 * pupil.majorPx * pupil.minorPx;
      CHECK(pupilArea < 1.02 * whole + 4);
      if (pupilArea > 0.97 * whole) ++open;  // the rest are partly behind lids
    }
  }
  CHECK(open >= 16);
}

TEST_CASE("another size is another view of the same scene") {
  for (const char* preset : {"openeds2019", "openeds2020", "any"}) {
    for (std::uint32_t index = 0; index < 6; ++index) {
      CAPTURE(preset, index);
      const Render large = rendered(preset, 3, index);
      const int width = large.image.width / 2;
      const int height = large.image.height / 2;
      limbus::Result<Render> small = renderEye(preset, 3, index, width, height);
      REQUIRE(small);
      REQUIRE(small->image.width == width);
      REQUIRE(small->image.height == height);
      CHECK(std::abs(small->pupil->majorPx * 2 - large.pupil->majorPx) < 1e-6);
      CHECK(std::abs(small->iris->centreX * 2 + 0.5 - large.iris->centreX) < 1e-6);
      const Look a = lookOf(large);
      const Look b = lookOf(*small);
      for (int c = 0; c < 4; ++c) CHECK(std::abs(a.share[c] - b.share[c]) < 0.004);
      CHECK(std::abs(a.imageMean - b.imageMean) < 4);
    }
  }
  limbus::Result<Render> square = renderEye("openeds2019", 3, 0, 192, 192);
  REQUIRE(square);
  CHECK(square->mask.pixels.size() == 192U * 192U);
}

TEST_CASE("openeds2019 renders look like the headset's images in numbers") {
  std::vector<Look> looks;
  for (std::uint32_t index = 0; index < 64; ++index) {
    looks.push_back(lookOf(rendered("openeds2019", 77, index)));
  }
  // 5 and 95 percent quantiles of the real images.
  const std::array<std::array<double, 2>, 4> share = {
      {{0.780, 0.914}, {0.031, 0.126}, {0.045, 0.101}, {0.005, 0.017}}};
  const std::array<std::array<double, 2>, 4> mean = {{{86, 161}, {77, 153}, {56, 102}, {23, 53}}};
  const std::array<std::array<double, 2>, 4> deviation = {{{53, 80}, {22, 55}, {18, 29}, {4, 30}}};
  for (int c = 0; c < 4; ++c) {
    CAPTURE(c);
    const double s = median(looks, [&](const Look& look) { return look.share[c]; });
    CHECK(s > share[c][0]);
    CHECK(s < share[c][1]);
    const double m = median(looks, [&](const Look& look) { return look.mean[c]; });
    CHECK(m > mean[c][0]);
    CHECK(m < mean[c][1]);
    const double d = median(looks, [&](const Look& look) { return look.deviation[c]; });
    CHECK(d > deviation[c][0]);
    CHECK(d < deviation[c][1]);
  }
  const double imageMean = median(looks, [](const Look& look) { return look.imageMean; });
  CHECK(imageMean > 117);
  CHECK(imageMean < 144);
  const double imageDeviation = median(looks, [](const Look& look) { return look.imageDeviation; });
  CHECK(imageDeviation > 52);
  CHECK(imageDeviation < 77);
  const double dark = median(looks, [](const Look& look) { return look.dark; });
  CHECK(dark > 0.042);
  CHECK(dark < 0.121);
}

TEST_CASE("the mixture covers scales, light and faint pupils") {
  double smallest = 1, largest = 0, darkest = 255, brightest = 0;
  int faint = 0, upright = 0;
  for (std::uint32_t index = 0; index < 300; ++index) {
    limbus::Result<Render> render = renderEye("any", 13, index, 160, 120);
    REQUIRE(render);
    const double pupil = render->pupil->majorPx / 160;
    smallest = std::min(smallest, pupil);
    largest = std::max(largest, pupil);
    const Look look = lookOf(*render);
    darkest = std::min(darkest, look.imageMean);
    brightest = std::max(brightest, look.imageMean);
    if (look.share[3] > 0.002 && look.mean[2] - look.mean[3] < 10) ++faint;
    upright += look.share[1] > 0.01 ? 1 : 0;
  }
  CHECK(smallest < 0.045);
  CHECK(largest > 0.32);
  CHECK(darkest < 25);
  CHECK(brightest > 195);
  CHECK(faint >= 15);
  CHECK(upright >= 150);
}

TEST_CASE("eye rendering names what it knows and refuses odd sizes") {
  const limbus::Result<Render> unknown = renderEye("openeds2021", 1, 1);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == limbus::ErrorCode::badArgument);
  CHECK(unknown.error().message.find("unknown eye preset 'openeds2021'; known: ") == 0);
  for (const limbus::EyePresetRow& row : limbus::eyePresets()) {
    CHECK(unknown.error().message.find(row.name) != std::string::npos);
  }
  const limbus::Result<Render> tiny = renderEye("any", 1, 1, 8, 600);
  REQUIRE_FALSE(tiny);
  CHECK(tiny.error().message.find("8x600") != std::string::npos);
}
