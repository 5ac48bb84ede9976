// Masks to measurements: rows, drawn ellipses, and OpenCV as the other engine.
#include <algorithm>
#include <catch2/catch_approx.hpp>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>
#include <set>

#include "drawn_masks.h"
#include "result_text.h"
#include "shared/random.h"
#include "shared/vision/border.h"
#include "shared/vision/components.h"
#include "shared/vision/ellipse_fit.h"
#include "shared/vision/regions.h"
#include "spec_text.h"
#include "tests/native/core_cases.h"

using namespace limbus;
using Catch::Approx;

namespace {

const std::vector<ClassSpec> kEye = {{"background", {}, "background"},
                                     {"sclera", {}, "sclera"},
                                     {"iris", {}, "iris"},
                                     {"pupil", {}, "pupil"}};

void checkEllipse(const Ellipse& found, const Ellipse& truth, double tolerancePx) {
  CHECK(std::fabs(found.centreX - truth.centreX) < tolerancePx);
  CHECK(std::fabs(found.centreY - truth.centreY) < tolerancePx);
  CHECK(std::fabs(found.majorPx - truth.majorPx) < 2 * tolerancePx);
  CHECK(std::fabs(found.minorPx - truth.minorPx) < 2 * tolerancePx);
  CHECK(found.majorPx >= found.minorPx);
  CHECK(found.angleDegrees > -90.0);
  CHECK(found.angleDegrees <= 90.0);
  if (truth.majorPx > 1.2 * truth.minorPx) {
    double turn = std::fabs(found.angleDegrees - truth.angleDegrees);
    turn = std::min(turn, 180 - turn);
    CHECK(turn * 3.14159 / 180 * truth.majorPx / 2 < 3 * tolerancePx);
  }
}

Mask noise(int width, int height, int classes, int seed, int smooth) {
  Random random(static_cast<std::uint64_t>(seed), 0, 0, Purpose::test);
  Mask mask(width, height, 1);
  for (std::uint8_t& v : mask.pixels) {
    v = static_cast<std::uint8_t>(random.integer(0, classes - 1));
  }
  cv::Mat view(height, width, CV_8UC1, mask.pixels.data());
  if (smooth > 0) cv::medianBlur(view.clone(), view, smooth);
  return mask;
}

cv::Mat onlyClass(const Mask& mask, int label) {
  return cv::Mat(mask.height, mask.width, CV_8UC1, const_cast<std::uint8_t*>(mask.pixels.data())) ==
         label;
}

}  // namespace

TEST_CASE("components equal OpenCV's") {
  const Mask masks[] = {noise(40, 30, 3, 1, 0), noise(200, 120, 4, 2, 5), noise(1, 50, 2, 3, 0),
                        noise(50, 1, 2, 4, 0),  noise(64, 64, 2, 5, 0),   Mask(17, 5, 1, 2)};
  for (const Mask& mask : masks) {
    const std::vector<Component> mine = findComponents(mask.view());
    for (int label = 0; label < 4; ++label) {
      cv::Mat labels, stats, centroids;
      const int count =
          cv::connectedComponentsWithStats(onlyClass(mask, label), labels, stats, centroids, 8);
      std::multiset<std::vector<double>> expected;
      std::multiset<std::vector<double>> found;
      for (int i = 1; i < count; ++i) {
        expected.insert({double(stats.at<int>(i, 4)), double(stats.at<int>(i, 0)),
                         double(stats.at<int>(i, 1)), double(stats.at<int>(i, 2)),
                         double(stats.at<int>(i, 3)), std::round(centroids.at<double>(i, 0) * 1e6),
                         std::round(centroids.at<double>(i, 1) * 1e6)});
      }
      for (const Component& c : mine) {
        if (c.classIndex != label) continue;
        found.insert({double(c.areaPx), double(c.left), double(c.top), double(c.right - c.left + 1),
                      double(c.bottom - c.top + 1), std::round(c.centroidX * 1e6),
                      std::round(c.centroidY * 1e6)});
      }
      CHECK(found == expected);
    }
  }
}

TEST_CASE("borders visit the pixels of OpenCV's contours") {
  const Mask masks[] = {noise(30, 30, 2, 6, 0), noise(120, 90, 3, 7, 5), noise(64, 48, 2, 8, 3)};
  for (const Mask& mask : masks) {
    const std::vector<Component> components = findComponents(mask.view());
    for (const Component& component : components) {
      const std::vector<BorderEdge> edges =
          followBorder(mask.view(), component.startX, component.top);
      std::set<std::pair<int, int>> mine;
      for (const BorderEdge& edge : edges) mine.insert({edge.insideX, edge.insideY});
      cv::Mat filled = onlyClass(mask, component.classIndex).clone();
      cv::floodFill(filled, {component.startX, component.top}, 128, nullptr, 0, 0, 8 | (128 << 8));
      const cv::Mat alone = filled == 128;
      std::vector<std::vector<cv::Point>> contours;
      cv::findContours(alone, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
      REQUIRE(contours.size() == 1);
      std::set<std::pair<int, int>> theirs;
      for (const cv::Point& p : contours[0]) theirs.insert({p.x, p.y});
      CHECK(mine == theirs);
    }
  }
}

TEST_CASE("edges know what lies behind them") {
  const Mask mask = cases::mask({"1122", "1332", "1112"});
  const std::vector<BorderEdge> edges = followBorder(mask.view(), 1, 1);  // class 3: two pixels
  REQUIRE(edges.size() == 6);
  CHECK(edges[0].x == 1.0F);
  CHECK(edges[0].y == 0.5F);
  CHECK(edges[0].outside == 1);
  CHECK(edges[0].outside2 == kNoClass);
  CHECK(edges[1].outside == 2);
  CHECK(edges[2].x == 2.5F);
  CHECK(edges[2].outside == 2);
  CHECK(edges[5].outside == 1);
  CHECK(edges[5].outside2 == kNoClass);
}

TEST_CASE("discs and ellipses come back within half a pixel") {
  Random random(3, 0, 0, Purpose::test);
  for (int round = 0; round < 300; ++round) {
    Ellipse truth;
    truth.centreX = random.uniform(95, 105);
    truth.centreY = random.uniform(75, 85);
    truth.majorPx = random.uniform(20, 130);
    truth.minorPx = round % 3 == 0 ? truth.majorPx : truth.majorPx * random.uniform(0.6, 1.0);
    truth.angleDegrees = random.uniform(-90, 90);
    Mask mask(200, 160, 1);
    paint(mask, truth, 3);
    const Analysis analysis = *analyse(mask.view(), kEye, {RegionRule::largest, 1});
    REQUIRE(analysis.regions.size() == 1);
    REQUIRE(analysis.regions[0].ellipse);
    CAPTURE(round, truth.majorPx, truth.minorPx, truth.angleDegrees,
            analysis.regions[0].ellipse->majorPx, analysis.regions[0].ellipse->minorPx);
    checkEllipse(*analysis.regions[0].ellipse, truth, 0.25);
  }
}

TEST_CASE("an iris under lids is measured by its limbus") {
  for (const double opening : {0.9, 0.7, 0.5}) {
    const Ellipse iris{200.3, 150.6, 120, 112, 15};
    const Ellipse pupil{203, 149, 50, 48, 0};
    Mask mask(400, 300, 1);
    paint(mask, {200, 150, 320, 240, 0}, 1);
    paint(mask, iris, 2);
    paint(mask, pupil, 3);
    for (int y = 0; y < mask.height; ++y) {  // lids: everything outside the opening
      if (std::fabs(y - 155.0) > 60 * opening) std::fill_n(mask.row(y), mask.width, 0);
    }
    const Analysis analysis = *analyse(mask.view(), kEye, {});
    REQUIRE(analysis.eye);
    REQUIRE(analysis.eye->iris);
    REQUIRE(analysis.eye->pupil);
    CAPTURE(opening, analysis.eye->iris->majorPx, analysis.eye->iris->minorPx);
    CHECK(std::fabs(analysis.eye->iris->centreX - iris.centreX) < 1);
    CHECK(std::fabs(analysis.eye->iris->centreY - iris.centreY) < 2.5);
    CHECK(std::fabs(analysis.eye->iris->majorPx - iris.majorPx) < 3);
    CHECK(std::fabs(analysis.eye->pupil->majorPx - pupil.majorPx) < 0.5);
    CHECK(*analysis.eye->pupilDiameterPx == analysis.eye->pupil->majorPx);
    CHECK(*analysis.eye->irisDiameterPx == analysis.eye->iris->majorPx);
    CHECK(*analysis.eye->pupilToIrisRatio ==
          analysis.eye->pupil->majorPx / analysis.eye->iris->majorPx);
    CHECK(analysis.eye->irisOccluded == (opening < 0.6));
  }
}

TEST_CASE("a piece of iris astray at the limbus does not make the iris a sliver") {
  Mask mask(300, 240, 1);
  paint(mask, {135, 118, 290, 110, 25}, 1);
  paint(mask, {165, 100, 128, 128, 0}, 2);
  paint(mask, {225, 160, 28, 50, -10}, 2);  // joined to the iris, between two parts of the sclera
  paint(mask, {168, 100, 44, 52, 0}, 3);
  for (int y = 0; y < 105; ++y) std::fill_n(mask.row(y) + 226, 74, 0);  // the lids
  for (int y = 0; y < 45; ++y) std::fill_n(mask.row(y), mask.width, 0);
  const Analysis analysis = *analyse(mask.view(), kEye, {});
  REQUIRE(analysis.eye);
  REQUIRE(analysis.eye->iris);
  CAPTURE(analysis.eye->iris->majorPx, analysis.eye->iris->minorPx);
  CHECK(std::fabs(analysis.eye->iris->majorPx - 128) < 10);
  CHECK(std::fabs(analysis.eye->iris->minorPx - 128) < 10);
}

TEST_CASE("an iris that hardly borders sclera is occluded and still measured") {
  Mask mask(200, 200, 1);
  paint(mask, {100, 100, 80, 80, 0}, 2);
  for (int y = 95; y < 105; ++y) std::fill_n(mask.row(y) + 139, 20, 1);  // a sliver of sclera
  const Analysis analysis = *analyse(mask.view(), kEye, {});
  REQUIRE(analysis.eye);
  CHECK(analysis.eye->irisOccluded);
  REQUIRE(analysis.eye->iris);
  CHECK(std::fabs(analysis.eye->iris->majorPx - 80) < 3);
  CHECK_FALSE(analysis.eye->pupil);
  CHECK_FALSE(analysis.eye->pupilToIrisRatio);
}

TEST_CASE("a pupil under a lid is measured by the rest") {
  Mask mask(200, 200, 1);
  const Ellipse pupil{100.4, 99.8, 70, 64, 30};
  paint(mask, {100, 100, 160, 150, 0}, 2);
  paint(mask, pupil, 3);
  for (int y = 0; y < 85; ++y) std::fill_n(mask.row(y), 200, 0);
  const Analysis analysis = *analyse(mask.view(), kEye, {});
  REQUIRE(analysis.eye);
  REQUIRE(analysis.eye->pupil);
  checkEllipse(*analysis.eye->pupil, pupil, 1.0);
}

TEST_CASE("an ellipse cut by the image is completed") {
  Mask mask(100, 100, 1);
  const Ellipse disc{12, 50, 60, 60, 0};
  paint(mask, disc, 3);
  const Analysis analysis = *analyse(mask.view(), kEye, {});
  REQUIRE(analysis.eye);
  REQUIRE(analysis.eye->pupil);
  checkEllipse(*analysis.eye->pupil, disc, 1.0);
}

TEST_CASE("the robust fit lets a dent go") {
  std::vector<Point> points;
  for (int i = 0; i < 360; ++i) {
    const double a = i * 3.14159265 / 180;
    const double r = i > 40 && i < 70 ? 34 : 40;
    points.push_back(
        {static_cast<float>(50 + r * std::cos(a)), static_cast<float>(60 + 0.8 * r * std::sin(a))});
  }
  const auto ellipse = fitEllipse(points);
  REQUIRE(ellipse);
  checkEllipse(*ellipse, {50, 60, 80, 64, 0}, 0.5);
}

TEST_CASE("points that are no ellipse give none") {
  CHECK_FALSE(fitEllipse({}));
  CHECK_FALSE(fitEllipse({{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 2}}));
  std::vector<Point> line, same, hyperbola;
  for (int i = 0; i < 50; ++i) {
    line.push_back({static_cast<float>(i), static_cast<float>(2 * i)});
    same.push_back({3, 3});
    hyperbola.push_back({static_cast<float>(1 + i), 100.0F / (1 + i)});
  }
  CHECK_FALSE(fitEllipse(line));
  CHECK_FALSE(fitEllipse(same));
  CHECK_FALSE(fitEllipse(hyperbola));
}

TEST_CASE("noise neither crashes nor measures nonsense") {
  for (int seed = 0; seed < 12; ++seed) {
    const Mask mask = noise(97, 61, 4, seed, seed % 3 == 0 ? 0 : 5);
    const Result<Analysis> analysis = analyse(mask.view(), kEye, {RegionRule::all, 1});
    REQUIRE(analysis);
    std::int64_t sum = 0;
    for (const std::int64_t area : analysis->areaPx) sum += area;
    CHECK(sum == 97 * 61);
    for (const Region& region : analysis->regions) {
      CHECK_FALSE(region.outline.empty());
      if (!region.ellipse) continue;
      CHECK(std::isfinite(region.ellipse->majorPx));
      CHECK(region.ellipse->minorPx > 0);
      CHECK(region.ellipse->majorPx <= 2 * std::max(region.width, region.height) + 2);
    }
  }
}

TEST_CASE("regions equal the rows") {
  for (const Json& row : cases::read("regions.json")) {
    DYNAMIC_SECTION(row["name"].get<std::string>()) {
      const auto classes = parseClasses(row["classes"].dump(), "classes");
      REQUIRE(classes);
      const auto rule = parseRegionSpec(row["regions"].dump(), "regions");
      REQUIRE(rule);
      const Mask mask = cases::mask(row["mask"]);
      const Result<Analysis> analysis = analyse(mask.view(), *classes, *rule);
      if (row.contains("error")) {
        REQUIRE_FALSE(analysis);
        CHECK(analysis.error().message.find(row["error"].get<std::string>()) != std::string::npos);
        continue;
      }
      REQUIRE(analysis);
      CHECK(Json::parse(toJson(*analysis, *classes)).dump(1) == row["analysis"].dump(1));
    }
  }
}
