// The lids in space: how much of their margins a camera sees.
#include <algorithm>
#include <cmath>
#include <vector>

#include "result_text.h"
#include "shared/eyes/anatomy.h"

namespace {

using namespace limbus;
using namespace limbus::eyes;

// An open eye straight ahead, its margins 1.6 mm wide and upright on the eyeball.
EyePreset plainEye(double cameraPitch) {
  EyePreset preset;
  preset.cameraYaw = {0, 0};
  preset.cameraPitch = {cameraPitch, cameraPitch};
  preset.cameraDistance = {400, 400};
  preset.gazeX = preset.gazeY = {0, 0};
  preset.openness = {1, 1};
  preset.halfClosed = preset.closed = 0;
  preset.lidThickness = preset.lowerLidThickness = {1.6, 1.6};
  preset.lidTurn = preset.lowerLidTurn = {0, 0};
  return preset;
}

Lids lidsOf(const EyePreset& preset, std::uint32_t index) {
  Random draws(5, index, 0, Purpose::test);
  const Projection projection = drawProjection(preset, draws);
  const Globe globe = drawGlobe(preset, projection, draws);
  return drawLids(preset, projection, globe, draws);
}

struct Seen {
  double gap, upperMargin, lowerMargin;  // millimetres, in the middle of the eye
};

Seen middleOf(const Lids& lids) {
  float upper = 0, lower = 0;
  const auto middle = static_cast<float>(0.5 * (lids.nasal.x + lids.temporal.x));
  const LidRow& row = lids.margins(middle, upper, lower);
  return {lower - upper, row.upperRoots, row.lowerRoots};
}

}  // namespace

TEST_CASE("a camera below the eye sees the upper lid's margin, one above the lower lid's") {
  for (std::uint32_t index = 0; index < 20; ++index) {
    CAPTURE(index);
    const Seen below = middleOf(lidsOf(plainEye(35), index));
    const Seen above = middleOf(lidsOf(plainEye(-35), index));
    CHECK(below.upperMargin > 0.8);
    CHECK(below.upperMargin < 1.6 * 1.05);  // nearer than the iris: a little larger
    CHECK(below.lowerMargin == 0);
    CHECK(above.upperMargin == 0);
    CHECK(above.lowerMargin > 0.8);
    CHECK(above.lowerMargin < 1.6 * 1.05);
  }
}

TEST_CASE("a lid's outer edge hides the eye, a margin that leans away does not") {
  for (std::uint32_t index = 0; index < 20; ++index) {
    CAPTURE(index);
    EyePreset thin = plainEye(-35);
    thin.lidThickness = {0, 0};
    EyePreset leaning = plainEye(-35);
    leaning.lidTurn = {60, 60};
    const double open = middleOf(lidsOf(thin, index)).gap;
    CHECK(middleOf(lidsOf(plainEye(-35), index)).gap < open - 0.1);
    CHECK(std::abs(middleOf(lidsOf(leaning, index)).gap - open) < 1e-3);
  }
}

TEST_CASE("lids that meet hide their margins") {
  EyePreset shut = plainEye(0);
  shut.closed = 1;
  for (std::uint32_t index = 0; index < 20; ++index) {
    CAPTURE(index);
    const Seen seen = middleOf(lidsOf(shut, index));
    CHECK(seen.gap == 0);
    CHECK(seen.upperMargin == 0);
    CHECK(seen.lowerMargin == 0);
  }
}

TEST_CASE("eyes turned from the camera end in one corner, not in a hook") {
  for (const double yaw : {-30.0, 30.0}) {
    for (std::uint32_t index = 0; index < 20; ++index) {
      CAPTURE(yaw, index);
      EyePreset preset = plainEye(0);
      preset.cameraYaw = {yaw, yaw};
      const Lids lids = lidsOf(preset, index);
      // Towards both ends the opening only narrows: no waist with a wider place behind it.
      std::vector<double> gaps;
      for (const LidRow& row : lids.rows) gaps.push_back(row.lower - row.upper);
      const auto widest = std::max_element(gaps.begin(), gaps.end());
      for (auto gap = widest; gap + 1 != gaps.end(); ++gap) CHECK(gap[1] <= gap[0] + 0.02);
      for (auto gap = widest; gap != gaps.begin(); --gap) CHECK(gap[-1] <= gap[0] + 0.02);
    }
  }
}
