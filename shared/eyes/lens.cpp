#include "shared/eyes/lens.h"

#include <algorithm>
#include <cmath>

#include "shared/elementary.h"

namespace limbus::eyes {
namespace {

LensEdge drawEdge(const EyePreset& preset, float aspect, Random& random) {
  LensEdge edge;
  edge.bottom = drawn(random, preset.edgeBottom);
  const float far = static_cast<float>(random.uniform());  // mostly shallow, sometimes deep
  const Range corner = preset.edgeCorner;
  edge.corner = static_cast<float>(corner.low + (corner.high - corner.low) * far * far) / aspect;
  edge.cornerX = drawn(random, preset.edgeMiddle);
  edge.side = drawn(random, preset.edgeSide);
  edge.sideSign = random.chance(preset.edgeRight) ? 1.0F : -1.0F;
  edge.level = drawn(random, preset.edgeLevel);
  edge.soft = drawn(random, preset.edgeSoftness);
  edge.ringAt = drawn(random, preset.lensRingPlace);
  const bool ring = random.chance(preset.lensRing);
  edge.ringLevel = drawn(random, preset.lensRingLevel);
  if (!ring) edge.ringLevel = 0;
  edge.present = random.chance(preset.lensEdge);
  return edge;
}

Grooves drawGrooves(const EyePreset& preset, Random& random) {
  Grooves grooves;
  grooves.depth = drawn(random, preset.ringPattern);
  grooves.perUnit = drawn(random, preset.ringPatternPhase) / static_cast<float>(2 * kPi);
  grooves.x = drawn(random, preset.ringPatternX);
  grooves.y = drawn(random, preset.ringPatternY);
  return grooves;
}

void cutGrooves(const Grooves& grooves, const std::vector<float>& across, float v, float aspect,
                float* row) {
  const auto [depth, middleX, middleY, perUnit] = grooves;  // copies: loops over floats stay simple
  const float dy = (v - middleY) * aspect;
  const int width = static_cast<int>(across.size());
  for (int x = 0; x < width; ++x) {
    const float dx = across[x] - middleX;
    const float r = std::sqrt(dx * dx + dy * dy) * perUnit;
    // Two parabolas to a turn, a sine to the eye.
    const float place = 2.0F * (r - static_cast<float>(static_cast<int>(r))) - 1.0F;
    row[x] *= 1.0F + 4.0F * depth * place * (1.0F - std::fabs(place));
  }
}

void coverRow(const LensEdge& edge, const std::vector<float>& across,
              const std::vector<float>& floors, float v, float* row) {
  for (std::size_t x = 0; x < across.size(); ++x) {
    const float d = std::max(v - floors[x], edge.aside(across[x], v));
    if (d <= -edge.soft) continue;
    const float black = edge.level + edge.ringLevel * bell((d - edge.ringAt) / 0.012F);
    row[x] = mix(row[x], black, smoothStep(-edge.soft, edge.soft, d));
  }
}

}  // namespace

Lens drawLens(const EyePreset& preset, float aspect, Random& random) {
  Lens lens;
  lens.edge = drawEdge(preset, aspect, random);
  lens.vignette = drawn(random, preset.vignette);
  lens.grooves = drawGrooves(preset, random);
  return lens;
}

void coverByLens(const Lens& lens, float rows, Canvas& canvas) {
  std::vector<float> across(static_cast<std::size_t>(canvas.width));
  for (int x = 0; x < canvas.width; ++x) {
    across[x] = (2.0F * static_cast<float>(x) + 1.0F) / static_cast<float>(canvas.width) - 1.0F;
  }
  std::vector<float> floors(across.size());
  std::transform(across.begin(), across.end(), floors.begin(),
                 [&](float u) { return lens.edge.floor(u); });
  const float highest = *std::min_element(floors.begin(), floors.end()) - lens.edge.soft;
  const float aspect = rows / static_cast<float>(canvas.width);
  const float half = 0.5F * lens.vignette;
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    const float v = (2.0F * static_cast<float>(y) + 1.0F) / rows - 1.0F;
    const float base = 1.0F - half * v * v;
    for (int x = 0; x < canvas.width; ++x) row[x] *= base - half * across[x] * across[x];
    if (lens.grooves.depth > 0.0F) cutGrooves(lens.grooves, across, v, aspect, row);
    if (lens.edge.present && (v > highest || lens.edge.side > 0.0F)) {
      coverRow(lens.edge, across, floors, v, row);
    }
  }
}

}  // namespace limbus::eyes
