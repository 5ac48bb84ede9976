#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>

#include "result_text.h"
#include "shared/metrics/boundary.h"
#include "shared/random.h"

using namespace limbus;
using Catch::Matchers::WithinAbs;

namespace {

// A rectangle of label 1 on 0.
Mask boxMask(int left, int top, int width, int height, int side = 20) {
  Mask mask(side, side, 1);
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) mask.row(y)[x] = 1;
  }
  return mask;
}

BoundaryScores scoresOf(const Mask& truth, const Mask& prediction, double tolerancePx) {
  const auto scores = boundaryScores(truth.view(), prediction.view(), 2, tolerancePx);
  REQUIRE(scores);
  return scores->at(1);
}

}  // namespace

TEST_CASE("boundary: what is right is right, what is absent has no score") {
  const Mask box = boxMask(5, 5, 6, 6);
  const BoundaryScores same = scoresOf(box, box, 0);
  CHECK(*same.f1 == 1);
  CHECK(*same.hausdorffPx == 0);
  const Mask empty(20, 20, 1);
  CHECK(!scoresOf(empty, empty, 0).f1);
  CHECK(*scoresOf(box, empty, 0).f1 == 0);
  CHECK(!scoresOf(box, empty, 0).hausdorffPx);
}

// Moved by two columns, a 6 x 6 box: its border has 20 pixels. Of the prediction's, columns 7 to
// 12, those on the rows of the truth's border and its columns 5 to 10 lie on it.
TEST_CASE("boundary: a moved box by hand") {
  const Mask truth = boxMask(5, 5, 6, 6), moved = boxMask(7, 5, 6, 6);
  const BoundaryScores exact = scoresOf(truth, moved, 0);
  // Top and bottom: columns 7 to 10, four each; left column 7 meets only those; nothing else.
  CHECK_THAT(*exact.precision, WithinAbs(8.0 / 20, 1e-12));
  CHECK_THAT(*exact.recall, WithinAbs(8.0 / 20, 1e-12));
  CHECK(*scoresOf(truth, moved, 2).f1 == 1);
  CHECK_THAT(*exact.hausdorffPx, WithinAbs(2, 1e-12));
  const BoundaryScores far = scoresOf(truth, boxMask(8, 9, 6, 6), 0);
  CHECK_THAT(*far.hausdorffPx, WithinAbs(5, 1e-12));  // corner to corner, 3 and 4
}

// A 30 x 1 bar with a spur of 3 pixels below its end in the prediction: of its 33 pixels 30 lie on
// the truth's and the spur's 1, 2 and 3 off, of which the 32nd smallest is the 95th percentile. The
// other way round all lie on it; of both ways' distances together the 60th of 63 would be 0.
TEST_CASE("boundary: the 95th percentile is of each way by itself") {
  const Mask truth = boxMask(5, 5, 30, 1, 40);
  Mask spurred = truth;
  for (int y = 6; y < 9; ++y) spurred.row(y)[34] = 1;
  const BoundaryScores scores = scoresOf(truth, spurred, 0);
  CHECK_THAT(*scores.hausdorffPx, WithinAbs(3, 1e-12));
  CHECK_THAT(*scores.hausdorff95Px, WithinAbs(2, 1e-12));
}

TEST_CASE("boundary: void is no border, nor is the image's edge") {
  Mask truth = boxMask(0, 0, 20, 10);  // the upper half
  const Mask prediction = truth;
  CHECK(*scoresOf(truth, prediction, 0).f1 == 1);
  for (int x = 0; x < 20; ++x) truth.row(10)[x] = kVoidLabel;
  CHECK(!scoresOf(truth, prediction, 0).f1);  // nothing but void lies beside it
}

TEST_CASE("boundary: distances equal a search over all pairs") {
  Random random(3, 0, 0, Purpose::augment);
  for (int trial = 0; trial < 5; ++trial) {
    Mask truth(17, 13, 1), prediction(17, 13, 1);
    for (Mask* mask : {&truth, &prediction}) {
      for (std::uint8_t& label : mask->pixels) label = random.chance(0.3) ? 1 : 0;
    }
    const auto borders = [](const Mask& mask) {
      std::vector<std::pair<int, int>> pixels;
      for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
          if (mask.row(y)[x] != 1) continue;
          const bool beside = (x > 0 && mask.row(y)[x - 1] == 0) ||
                              (y > 0 && mask.row(y - 1)[x] == 0) ||
                              (x + 1 < mask.width && mask.row(y)[x + 1] == 0) ||
                              (y + 1 < mask.height && mask.row(y + 1)[x] == 0);
          if (beside) pixels.emplace_back(x, y);
        }
      }
      return pixels;
    };
    const auto a = borders(truth), b = borders(prediction);
    double furthest = 0;
    int within = 0;
    const auto nearest = [](const std::pair<int, int>& from, const auto& others) {
      double least = 1e9;
      for (const auto& [x, y] : others)
        least = std::min(least, std::hypot(from.first - x, from.second - y));
      return least;
    };
    for (const auto& pixel : a) furthest = std::max(furthest, nearest(pixel, b));
    for (const auto& pixel : b) {
      const double distance = nearest(pixel, a);
      furthest = std::max(furthest, distance);
      within += distance <= 1.0;
    }
    const BoundaryScores scores = scoresOf(truth, prediction, 1.0);
    CHECK_THAT(*scores.hausdorffPx, WithinAbs(furthest, 1e-9));
    CHECK_THAT(*scores.precision,
               WithinAbs(static_cast<double>(within) / static_cast<double>(b.size()), 1e-12));
  }
}

TEST_CASE("boundary: masks of different sizes are refused") {
  const Mask a(4, 4, 1), b(4, 5, 1);
  const auto scores = boundaryScores(a.view(), b.view(), 2, 1);
  REQUIRE_FALSE(scores);
  CHECK(scores.error().message == "expected masks of one size, got 4x4 and 4x5");
}
