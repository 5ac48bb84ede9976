// What losses need beside a mask: distances, edges and gaps, by hand and as plain loops have them.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <vector>

#include "native/data/mask_maps.h"
#include "shared/random.h"

using namespace limbus;

TEST_CASE("mask maps: distances to the border of each class, edges, void on neither side") {
  const std::uint8_t kRow[] = {0, 0, 1, 1};
  const MaskView mask{kRow, 4, 1, 1};
  CHECK(classDistances(mask, 3) ==
        std::vector<float>{-1, 0, 1, 2, 2, 1, 0, -1, 0, 0, 0, 0});  // class 2 is absent
  CHECK(classEdges(mask) == std::vector<std::uint8_t>{0, 1, 1, 0});
  const std::uint8_t kVoidBetween[] = {0, 255, 1, 1};
  CHECK(classEdges({kVoidBetween, 4, 1, 1}) == std::vector<std::uint8_t>{0, 0, 0, 0});
  CHECK(classDistances({kVoidBetween, 4, 1, 1}, 1) == std::vector<float>{0, 1, 2, 3});
  const std::uint8_t kWhole[] = {1, 1, 1, 1};
  CHECK(classDistances({kWhole, 2, 2, 1}, 2) == std::vector<float>(8, 0.0F));
  const std::uint8_t kSquare[] = {0, 0, 0, 1};  // the diagonal is no neighbour
  CHECK(classEdges({kSquare, 2, 2, 1}) == std::vector<std::uint8_t>{0, 1, 1, 1});
}

namespace {

// As it is defined: every pixel against every pixel of every part.
std::vector<float> gapsByLoops(MaskView mask) {
  std::vector<int> part(mask.width * mask.height, 0);
  int parts = 0;
  const auto isPart = [&](int at) { return mask.pixels[at] != 0 && mask.pixels[at] != kVoidLabel; };
  const auto spread = [&](const auto& self, int x, int y) -> void {
    if (x < 0 || y < 0 || x >= mask.width || y >= mask.height) return;
    const int at = y * mask.width + x;
    if (!isPart(at) || part[at] != 0) return;
    part[at] = parts;
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) self(self, x + dx, y + dy);
    }
  };
  for (int i = 0; i < mask.width * mask.height; ++i) {
    if (!isPart(i) || part[i] != 0) continue;
    ++parts;
    spread(spread, i % mask.width, i / mask.width);
  }
  std::vector<float> gaps(part.size(), INFINITY);
  for (int i = 0; i < mask.width * mask.height; ++i) {
    if (mask.pixels[i] != 0) continue;
    std::vector<double> nearest(parts, INFINITY);
    for (int j = 0; j < mask.width * mask.height; ++j) {
      if (part[j] == 0) continue;
      const double apart =
          std::hypot(i % mask.width - j % mask.width, i / mask.width - j / mask.width);
      nearest[part[j] - 1] = std::min(nearest[part[j] - 1], apart);
    }
    std::sort(nearest.begin(), nearest.end());
    if (parts > 1 && nearest[0] + nearest[1] <= kGapReachPx) {
      gaps[i] = static_cast<float>(nearest[0] + nearest[1]);
    }
  }
  return gaps;
}

}  // namespace

TEST_CASE("mask maps: gaps between parts, by hand") {
  const float inf = INFINITY;
  const std::uint8_t kRow[] = {0, 1, 0, 0, 1, 1, 0, 255, 2};
  // Outside of the first: 1 to it, 4 to the second. Of the last one: 1 to it, 2 to the third.
  CHECK(partGaps({kRow, 9, 1, 1}) == std::vector<float>{5, inf, 3, 3, inf, inf, 3, inf, inf});
  const std::uint8_t kOne[] = {0, 1, 1, 0};
  CHECK(partGaps({kOne, 4, 1, 1}) == std::vector<float>(4, inf));
  const std::uint8_t kTouching[] = {0, 1, 2, 0};  // one, of two classes
  CHECK(partGaps({kTouching, 4, 1, 1}) == std::vector<float>(4, inf));
  const std::uint8_t kCorner[] = {1, 0, 0, 1};  // one by the diagonal
  CHECK(partGaps({kCorner, 2, 2, 1}) == std::vector<float>(4, inf));
  std::vector<std::uint8_t> far(kGapReachPx + 2, 0);  // 41 from centre to centre
  far.front() = far.back() = 1;
  CHECK(partGaps({far.data(), kGapReachPx + 2, 1, 1}) == std::vector<float>(kGapReachPx + 2, inf));
  far[1] = 1;
  CHECK(partGaps({far.data(), kGapReachPx + 2, 1, 1})[20] == kGapReachPx);
}

TEST_CASE("mask maps: gaps between parts, as plain loops have them") {
  Random random(5, 0, 0, Purpose::augment);
  for (int trial = 0; trial < 24; ++trial) {
    Mask mask(40 + 7 * (trial % 5), 24 + 11 * (trial % 4), 1);
    const int discs = 1 + trial;
    for (int disc = 0; disc < discs; ++disc) {
      const int x = random.integer(0, mask.width - 1), y = random.integer(0, mask.height - 1);
      const int radius = 1 + random.integer(0, 4), label = disc % 7 == 6 ? 255 : 1 + disc % 2;
      for (int i = 0; i < mask.width * mask.height; ++i) {
        const int dx = i % mask.width - x, dy = i / mask.width - y;
        if (dx * dx + dy * dy <= radius * radius) mask.pixels[i] = static_cast<std::uint8_t>(label);
      }
    }
    INFO("trial " << trial);
    REQUIRE(partGaps(mask.view()) == gapsByLoops(mask.view()));
  }
}
