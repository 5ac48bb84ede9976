// The eye renderer: the same scene from the same names, masks that are the drawn shapes, looks
// inside the ranges measured on real headset images.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "result_text.h"
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
  double imageMean = 0, imageDeviation = 0, dark = 0, white = 0;
};

Look lookOf(const Render& render) {
  std::array<double, 4> count{}, sum{}, square{};
  double dark = 0;
  double white = 0;
  const std::size_t channels = render.image.channels;
  for (std::size_t i = 0; i < render.mask.pixels.size(); ++i) {
    double grey = 0;
    for (std::size_t k = 0; k < channels; ++k) grey += render.image.pixels[i * channels + k];
    grey /= static_cast<double>(channels);
    const int c = render.mask.pixels[i];
    count[c] += 1;
    sum[c] += grey;
    square[c] += grey * grey;
    dark += grey <= 8 ? 1 : 0;
    white += grey >= 250 ? 1 : 0;
  }
  Look look;
  const double all = static_cast<double>(render.mask.pixels.size());
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
  look.white = white / all;
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
  REQUIRE(limbus::eyePresets().size() >= 8);
  for (const limbus::EyePresetRow& row : limbus::eyePresets()) {
    CAPTURE(row.name);
    std::array<int, 5> seen{};
    for (std::uint32_t index = 0; index < 12; ++index) {
      const Render render = rendered(row.name, 5, index);
      REQUIRE(render.image.width == row.width);
      REQUIRE(render.image.height == row.height);
      const bool colour = std::string(row.name) == "webcam";
      if (std::string(row.name) != "any") REQUIRE(render.image.channels == (colour ? 3 : 1));
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

// Area of the ellipse's part within `share` of its height around the middle row, and the height.
double bandArea(const Ellipse& e, double share, double& halfHeight) {
  const double angle = e.angleDegrees * 3.14159265358979 / 180.0;
  halfHeight = share * 0.5 * std::hypot(e.majorPx * std::sin(angle), e.minorPx * std::cos(angle));
  return 0.5 * e.majorPx * e.minorPx * (share * std::sqrt(1 - share * share) + std::asin(share));
}

TEST_CASE("areas in the mask are those of the ellipses where no lid covers them", "[statistics]") {
  int pupils = 0;
  int irises = 0;
  for (const char* preset : {"openeds2019", "openeds2020", "iris", "any"}) {
    for (std::uint32_t index = 0; index < 60; ++index) {
      CAPTURE(preset, index);
      const Render render = rendered(preset, 31, index);
      // The whole pupil; of the iris the middle, because lids nearly always cover its top.
      for (const bool whole : {true, false}) {
        const Ellipse& ellipse = whole ? *render.pupil : *render.iris;
        double halfHeight = 0;
        const double area = bandArea(ellipse, whole ? 1.0 : 0.3, halfHeight);
        double seen = 0;
        double expected = 0;  // pixel centres in the ellipse, whatever lies there
        for (int y = -1000; y < 2000; ++y) {
          if (std::abs(y - ellipse.centreY) > halfHeight) continue;
          for (int x = -1000; x < 2000; ++x) {
            if (!inside(ellipse, x, y, 0)) continue;
            expected += 1;
            if (x < 0 || y < 0 || x >= render.mask.width || y >= render.mask.height) continue;
            seen += render.mask.row(y)[x] >= (whole ? 3 : 2) ? 1 : 0;
          }
        }
        if (area < 400 || seen < 0.99 * expected) continue;  // small, or partly covered
        ++(whole ? pupils : irises);
        // Bands end between rows; pupils are out of round by up to 1.5 percent.
        CHECK(std::abs(seen / area - 1) < (whole ? 0.02 : 0.01 + 1 / halfHeight));
      }
    }
  }
  CHECK(pupils >= 80);
  CHECK(irises >= 80);
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

namespace {

using Interval = std::array<double, 2>;

// What medians over a preset's renders must lie in. The two headsets: 5 and 95 percent quantiles of
// the real images, or the range of their sequences' medians; for the others what is known of such
// cameras.
struct LookRow {
  const char* preset;
  std::array<Interval, 4> share, mean, deviation;  // background, sclera, iris, pupil
  Interval imageMean, imageDeviation, dark, white;
};

constexpr Interval kAny{-1, 256};

const LookRow kLooks[] = {
    {"openeds2019",
     {{{0.780, 0.914}, {0.031, 0.126}, {0.045, 0.101}, {0.005, 0.017}}},
     {{{86, 161}, {77, 153}, {56, 102}, {23, 53}}},
     {{{53, 80}, {22, 55}, {18, 29}, {4, 30}}},
     {117, 144},
     {52, 77},
     {0.042, 0.121},
     {0.001, 0.123}},
    {"openeds2020",
     {{{0.80, 0.88}, {0.05, 0.09}, {0.06, 0.11}, {0.003, 0.008}}},
     {{kAny, kAny, kAny, {15, 40}}},
     {{kAny, kAny, kAny, kAny}},
     {65, 85},
     {36, 52},
     {-0.1, 0.01},
     {-0.1, 0.01}},
    {"headset",
     {{{0.6, 0.95}, {0.02, 0.2}, {0.02, 0.2}, {0.002, 0.06}}},
     {{{40, 200}, {40, 200}, {25, 140}, {8, 80}}},
     {{kAny, kAny, kAny, kAny}},
     {40, 180},
     {15, 70},
     {-0.1, 0.4},
     {-0.1, 0.15}},
    {"desk",
     {{{0.6, 0.95}, {0.02, 0.2}, {0.02, 0.25}, {0.002, 0.08}}},
     {{{20, 140}, {15, 140}, {8, 90}, {3, 60}}},
     {{kAny, kAny, kAny, kAny}},
     {20, 140},
     {8, 50},
     {-0.1, 0.4},
     {-0.1, 0.15}},
    {"iris",
     {{{0.3, 0.8}, {0.06, 0.3}, {0.1, 0.4}, {0.01, 0.12}}},
     {{{110, 230}, {110, 230}, {60, 160}, {10, 80}}},
     {{kAny, kAny, kAny, kAny}},
     {100, 220},
     {30, 80},
     {-0.1, 0.1},
     {-0.1, 0.15}},
    {"usb",
     {{{0.8, 0.97}, {0.01, 0.12}, {0.01, 0.12}, {0.002, 0.03}}},
     {{{110, 230}, {100, 220}, {70, 180}, {40, 140}}},
     {{kAny, kAny, kAny, kAny}},
     {110, 225},
     {10, 60},
     {-0.1, 0.02},
     {-0.1, 0.15}},
    {"webcam",
     {{{0.8, 0.98}, {0.01, 0.12}, {0.01, 0.12}, {0.0005, 0.03}}},
     {{{50, 220}, {60, 230}, {20, 140}, {3, 80}}},
     {{kAny, kAny, kAny, kAny}},
     {50, 220},
     {15, 70},
     {-0.1, 0.2},
     {-0.1, 0.15}},
};

void checkInside(double value, const Interval& range) {
  CHECK(value > range[0]);
  CHECK(value < range[1]);
}

}  // namespace

TEST_CASE("renders look like their cameras' images in numbers", "[statistics]") {
  REQUIRE(std::size(kLooks) + 1 == limbus::eyePresets().size());  // all but the mixture
  for (const LookRow& row : kLooks) {
    std::vector<Look> looks;
    for (std::uint32_t index = 0; index < 64; ++index) {
      looks.push_back(lookOf(rendered(row.preset, 77, index)));
    }
    for (int c = 0; c < 4; ++c) {
      CAPTURE(row.preset, c);
      checkInside(median(looks, [&](const Look& look) { return look.share[c]; }), row.share[c]);
      checkInside(median(looks, [&](const Look& look) { return look.mean[c]; }), row.mean[c]);
      checkInside(median(looks, [&](const Look& look) { return look.deviation[c]; }),
                  row.deviation[c]);
    }
    CAPTURE(row.preset);
    checkInside(median(looks, [](const Look& look) { return look.imageMean; }), row.imageMean);
    checkInside(median(looks, [](const Look& look) { return look.imageDeviation; }),
                row.imageDeviation);
    checkInside(median(looks, [](const Look& look) { return look.dark; }), row.dark);
    checkInside(median(looks, [](const Look& look) { return look.white; }), row.white);
  }
}

TEST_CASE("a shut eye shows none of itself, an open one is one piece", "[statistics]") {
  const std::vector<limbus::ClassSpec> classes = {{"rest", {}, "background"}, {"eye", {}, ""}};
  for (const char* preset : {"openeds2020", "headset"}) {
    CAPTURE(preset);
    int shut = 0, scraps = 0, pieces = 0;
    for (std::uint32_t index = 0; index < 200; ++index) {
      limbus::Result<Render> render = renderEye(preset, 101, index, 320, 240);
      REQUIRE(render);
      for (std::uint8_t& c : render->mask.pixels) c = c > 0 ? 1 : 0;
      std::int64_t all = 0, largest = 0;
      const limbus::Result<limbus::Analysis> found =
          limbus::analyse(render->mask.view(), classes, {limbus::RegionRule::all, 1});
      REQUIRE(found);
      for (const limbus::Region& region : found->regions) {
        all += region.areaPx;
        largest = std::max(largest, region.areaPx);
      }
      shut += all == 0 ? 1 : 0;
      scraps += all > 0 && all < 75 ? 1 : 0;  // a thousandth of the frame
      pieces += all - largest > 0.03 * static_cast<double>(all) ? 1 : 0;
    }
    CHECK(shut >= 3);
    CHECK(shut <= 20);
    CHECK(scraps == 0);
    CHECK(pieces <= 4);  // behind glasses and lens edges
  }
}

TEST_CASE("lamps stay white where a frame is nearly black") {
  int dark = 0, lit = 0;
  for (std::uint32_t index = 0; index < 200; ++index) {
    limbus::Result<Render> render = renderEye("desk", 13, index, 160, 120);
    REQUIRE(render);
    if (lookOf(*render).imageMean > 25) continue;
    ++dark;
    const std::vector<std::uint8_t>& pixels = render->image.pixels;
    lit += *std::max_element(pixels.begin(), pixels.end()) >= 200 ? 1 : 0;
  }
  CHECK(dark >= 20);
  CHECK(lit >= dark / 3);
}

TEST_CASE("the mixture covers scales, light and faint pupils") {
  double smallest = 1, largest = 0, closest = 0, darkest = 255, brightest = 0;
  int faint = 0, upright = 0;
  for (std::uint32_t index = 0; index < 300; ++index) {
    limbus::Result<Render> render = renderEye("any", 13, index, 160, 120);
    REQUIRE(render);
    const double pupil = render->pupil->majorPx / 160;
    smallest = std::min(smallest, pupil);
    largest = std::max(largest, pupil);
    closest = std::max(closest, render->iris->majorPx / 160);
    const Look look = lookOf(*render);
    darkest = std::min(darkest, look.imageMean);
    brightest = std::max(brightest, look.imageMean);
    if (look.share[3] > 0.002 && look.mean[2] - look.mean[3] < 10) ++faint;
    upright += look.share[1] > 0.01 ? 1 : 0;
  }
  CHECK(smallest < 0.045);
  CHECK(largest > 0.28);
  CHECK(closest > 0.45);
  CHECK(closest < 0.65);
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
