#include "shared/eyes/glasses.h"

#include <algorithm>
#include <cmath>

#include "shared/elementary.h"
#include "shared/eyes/lamps.h"

namespace limbus::eyes {
namespace {

void paintStreak(const EyePreset& preset, const View& view, Canvas& canvas, Random& random) {
  // A row of spots, from a point outwards, as coated glass shows them.
  const double angle = random.uniform(0, 2 * kPi);
  Vec2 at{random.uniform(0, view.width), random.uniform(0, view.height)};
  const double size = view.width * draw(random, preset.streakSize);
  const double step = size * draw(random, preset.streakStep);
  const int count = drawWhole(random, preset.streakSpots);
  const float level = drawn(random, preset.streakLevel);
  for (int i = 0; i < count; ++i) {
    Spot spot;
    spot.at = at;
    spot.radius = size * draw(random, preset.streakSizeSpread);
    spot.edge = static_cast<float>(std::max(1.0, size));
    spot.level = level * drawn(random, preset.streakLevelSpread);
    paintSpot(spot, canvas);
    at.x += step * cosine(angle);
    at.y += step * sine(angle);
  }
}

void paintFrame(const GlassesFrame& frame, const View& view, Canvas& canvas) {
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    for (int x = 0; x < canvas.width; ++x) {
      const Vec2 eye = view.toEye(x, y);
      const float d = frame.distance(static_cast<float>(eye.x), static_cast<float>(eye.y));
      const float cover = clampUnit((0.5F * frame.width - std::fabs(d)) / frame.soft + 0.5F);
      row[x] = mix(row[x], frame.level, cover);
      row[x] += frame.shine * bell((d + 0.4F * frame.width) / (0.2F * frame.width + 0.1F));
    }
  }
}

void paintPad(const NosePad& pad, const View& view, Canvas& canvas) {
  const Vec2 middle = view.toPixel({pad.x, pad.y});
  const double reach = 1.3 * std::max(pad.halfX, pad.halfY) * view.pxPerMm;
  const PixelBox box = boxAround(middle, reach, canvas);
  for (int y = box.top; y <= box.bottom; ++y) {
    float* row = canvas.row(y);
    for (int x = box.left; x <= box.right; ++x) {
      const Vec2 eye = view.toEye(x, y);
      const float v = (static_cast<float>(eye.y) - pad.y) / pad.halfY;
      const float u = (static_cast<float>(eye.x) - pad.x - pad.lean * v) / pad.halfX;
      const float r = std::sqrt(u * u + v * v);
      row[x] = mix(row[x], pad.level, pad.cover * clampUnit((1.0F - r) * 8.0F));
      row[x] += pad.rim * bell((r - 0.95F) / 0.18F);
    }
  }
}

void paintVeil(const EyePreset& preset, Canvas& canvas, Random& random) {
  const float level = drawn(random, preset.glassesVeil);
  const float midX = static_cast<float>(random.uniform(0, canvas.width));
  const float midY = static_cast<float>(random.uniform(0, canvas.height));
  const float reach = static_cast<float>(canvas.width * draw(random, preset.glassesVeilReach));
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    const float dy = (static_cast<float>(y) - midY) / reach;
    for (int x = 0; x < canvas.width; ++x) {
      const float dx = (static_cast<float>(x) - midX) / reach;
      const float glow = level / (1.0F + dx * dx + dy * dy);
      row[x] = row[x] * (1.0F - 0.4F * glow) + glow;
    }
  }
}

}  // namespace

float GlassesFrame::distance(float x, float y) const {
  const float u = (x - midX) / halfX;
  const float v = (y - midY) / halfY;
  const float u2 = u * u;
  const float v2 = v * v;
  return (std::sqrt(std::sqrt(u2 * u2 + v2 * v2)) - 1.0F) * halfY;
}

Glasses drawGlasses(const EyePreset& preset, Random& random) {
  Glasses glasses;
  glasses.worn = random.chance(preset.glasses);
  glasses.framed = random.chance(preset.glassesFramed);
  GlassesFrame& frame = glasses.frame;
  frame.halfX = drawn(random, preset.glassesHalfWidth);
  frame.halfY = drawn(random, preset.glassesHalfHeight);
  frame.midX = drawn(random, preset.glassesX);
  frame.midY = drawn(random, preset.glassesY);
  frame.width = drawn(random, preset.glassesRim);
  frame.level = drawn(random, preset.glassesLevel);
  const bool shiny = random.chance(preset.glassesShiny);
  frame.shine = drawn(random, preset.glassesShine);
  if (!shiny) frame.shine = 0;
  frame.soft = drawn(random, preset.glassesSoftness);
  glasses.padded = random.chance(preset.nosePad);
  NosePad& pad = glasses.pad;
  pad.x = drawn(random, preset.nosePadX);
  pad.y = drawn(random, preset.nosePadY);
  pad.halfX = drawn(random, preset.nosePadHalfWidth);
  pad.halfY = drawn(random, preset.nosePadHalfHeight);
  pad.lean = drawn(random, preset.nosePadLean);
  pad.level = drawn(random, preset.nosePadLevel);
  pad.cover = drawn(random, preset.nosePadCover);
  pad.rim = drawn(random, preset.nosePadRim);
  return glasses;
}

void paintGlasses(const EyePreset& preset, const Glasses& glasses, const View& view, Canvas& canvas,
                  Random& random) {
  if (!glasses.worn) return;
  if (glasses.padded) paintPad(glasses.pad, view, canvas);
  if (glasses.framed) paintFrame(glasses.frame, view, canvas);
  const int streaks = static_cast<int>(draw(random, preset.glassesStreaks));
  for (int i = 0; i < streaks; ++i) paintStreak(preset, view, canvas, random);
  paintVeil(preset, canvas, random);
}

}  // namespace limbus::eyes
