#include "shared/eyes/lens.h"

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
  edge.cornerX = drawn(random, {-0.5, 0.15});
  edge.side = drawn(random, preset.edgeSide);
  edge.sideSign = random.chance(0.75) ? 1.0F : -1.0F;
  edge.level = drawn(random, preset.edgeLevel);
  edge.soft = drawn(random, {0.002, 0.02});
  edge.ringAt = drawn(random, {0.02, 0.08});
  const bool ring = random.chance(preset.lensRing);
  edge.ringLevel = drawn(random, preset.lensRingLevel);
  if (!ring) edge.ringLevel = 0;
  edge.present = random.chance(preset.lensEdge);
  return edge;
}

Grooves drawGrooves(const EyePreset& preset, Random& random) {
  Grooves grooves;
  grooves.depth = drawn(random, preset.ringPattern);
  grooves.step = drawn(random, preset.ringPatternPhase) * (64.0F / 6.2831853F);
  grooves.x = drawn(random, {-0.6, 0.6});
  grooves.y = drawn(random, {-0.9, 0.9});
  for (int i = 0; i < 64; ++i) grooves.wave[i] = static_cast<float>(sine(2.0 * kPi * i / 64));
  return grooves;
}

void cutGrooves(const Grooves& grooves, const std::vector<float>& across, float v, float aspect,
                float* row) {
  const float dy = (v - grooves.y) * aspect;
  for (std::size_t x = 0; x < across.size(); ++x) {
    const float dx = across[x] - grooves.x;
    const float r = std::sqrt(dx * dx + dy * dy) * grooves.step;
    row[x] *= 1.0F + grooves.depth * grooves.wave[static_cast<int>(r) & 63];
  }
}

void coverRow(const LensEdge& edge, const std::vector<float>& across, float v, float* row) {
  for (std::size_t x = 0; x < across.size(); ++x) {
    const float d = edge.depth(across[x], v);
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

void coverByLens(const Lens& lens, Canvas& canvas) {
  std::vector<float> across(static_cast<std::size_t>(canvas.width));
  for (int x = 0; x < canvas.width; ++x) {
    across[x] = (2.0F * static_cast<float>(x) + 1.0F) / static_cast<float>(canvas.width) - 1.0F;
  }
  const float aspect = static_cast<float>(canvas.height) / static_cast<float>(canvas.width);
  const float half = 0.5F * lens.vignette;
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    const float v =
        (2.0F * static_cast<float>(y) + 1.0F) / static_cast<float>(canvas.height) - 1.0F;
    const float base = 1.0F - half * v * v;
    for (int x = 0; x < canvas.width; ++x) row[x] *= base - half * across[x] * across[x];
    if (lens.grooves.depth > 0.0F) cutGrooves(lens.grooves, across, v, aspect, row);
    if (lens.edge.present) coverRow(lens.edge, across, v, row);
  }
}

}  // namespace limbus::eyes
