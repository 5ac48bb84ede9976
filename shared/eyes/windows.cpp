#include "shared/eyes/windows.h"

#include <algorithm>
#include <cmath>

#include "shared/elementary.h"

namespace limbus::eyes {
namespace {

struct WindowLight {
  Vec2 centre;
  Matrix2 toUnit;            // millimetres from the centre -> [-1,1] across and down
  float bend = 0;            // the cornea's barrel
  int across = 1, down = 1;  // panes
  float bar = 0;             // half the width of the bars, of a pane
  float soft = 0.05F;        // edge, of half the window
  float level = 0.3F;

  // The light of the point (x, y), 0 outside and on the bars.
  float at(float x, float y) const {
    const float dx = x - static_cast<float>(centre.x);
    const float dy = y - static_cast<float>(centre.y);
    float u = static_cast<float>(toUnit.a) * dx + static_cast<float>(toUnit.b) * dy;
    float v = static_cast<float>(toUnit.c) * dx + static_cast<float>(toUnit.d) * dy;
    const float flat = u;
    u *= 1.0F + bend * v * v;
    v *= 1.0F + bend * flat * flat;
    const float rim = 1.0F - std::max(std::fabs(u), std::fabs(v));
    if (rim <= 0.0F) return 0.0F;
    const float barred = std::min(toBar(u, across), toBar(v, down));
    return level * clampUnit(rim / soft) * clampUnit(barred / soft);
  }

 private:
  float toBar(float u, int panes) const {
    if (panes == 1) return 1.0F;
    const float place = 0.5F * (u + 1.0F) * static_cast<float>(panes);
    const int nearest = static_cast<int>(place + 0.5F);
    if (nearest == 0 || nearest == panes) return 1.0F;
    return std::fabs(place - static_cast<float>(nearest)) - bar;
  }
};

WindowLight drawWindow(const EyePreset& preset, const Globe& globe, Random& random) {
  WindowLight window;
  const double away = draw(random, preset.windowAside);
  const double direction = random.uniform(0, 2 * kPi);
  window.centre = {globe.iris.centre.x + away * cosine(direction),
                   globe.iris.centre.y + away * sine(direction)};
  const double halfX = draw(random, preset.windowSize);
  const double halfY = halfX * draw(random, preset.windowHeight);
  const double angle = preset.windowTilt * random.normal();
  const double shear = draw(random, preset.windowShear);
  const double c = cosine(angle);
  const double s = sine(angle);
  window.toUnit = {c / halfX, s / halfX, (shear * c - s) / halfY, (shear * s + c) / halfY};
  window.bend = drawn(random, preset.windowBend);
  window.across = drawWhole(random, preset.windowPanes);
  window.down = drawWhole(random, preset.windowPanes);
  window.bar = drawn(random, preset.windowBar);
  window.soft = drawn(random, preset.windowSoftness);
  window.level = drawn(random, preset.windowLevel);
  return window;
}

}  // namespace

void paintWindow(const EyePreset& preset, const Globe& globe, const Lids& lids, const View& view,
                 Canvas& canvas, Random& random) {
  const bool seen = random.chance(preset.windows);
  const WindowLight window = drawWindow(preset, globe, random);
  if (!seen) return;
  const Vec2 middle = view.toPixel(globe.iris.centre);
  const double reach = 1.1 * 6.6 * globe.scale * view.pxPerMm;
  const PixelBox box = boxAround(middle, reach, canvas);
  const Rim iris(globe.iris);
  for (int y = box.top; y <= box.bottom; ++y) {
    for (int x = box.left; x <= box.right; ++x) {
      const Vec2 eye = view.toEye(x, y);
      const float ex = static_cast<float>(eye.x);
      const float ey = static_cast<float>(eye.y);
      const float light = window.at(ex, ey);
      if (light <= 0.0F || iris.radius(ex, ey) > 1.03F) continue;
      if (lids.open({ex, ey})) canvas.row(y)[x] += light;
    }
  }
}

}  // namespace limbus::eyes
