#include "shared/eyes/lamps.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "shared/elementary.h"

namespace limbus::eyes {
namespace {

struct Lamps {
  static constexpr int kMost = 16;
  std::array<Vec3, kMost> directions{};  // from the eye, about unit
  int count = 0;

  void add(double degreesX, double degreesY) {
    if (count == kMost) return;
    const double x = sine(degreesX * kRadians);
    const double y = sine(degreesY * kRadians);
    const double rest = 1.0 - x * x - y * y;
    directions[count++] = {x, y, rest > 0.01 ? squareRoot(rest) : 0.1};
  }
};

Lamps drawLamps(const EyePreset& preset, Random& random) {
  Lamps lamps;
  const int count = static_cast<int>(draw(random, preset.glintCount));
  const double spread = draw(random, preset.glintSpread);
  const double away = draw(random, preset.glintAside) * spread;
  const double direction = random.uniform(0, 2 * kPi);
  const double midX = away * cosine(direction);
  const double midY = away * sine(direction);
  const double phase = random.uniform(0, 2 * kPi);
  const double squash = draw(random, preset.glintSquash);
  if (random.chance(preset.glintRing) && count >= 3) {
    const double missing = random.chance(preset.openRing) ? draw(random, preset.openRingGap) : 0;
    for (int i = 0; i < count; ++i) {
      const double angle =
          phase + 2 * kPi * (1 - missing) * i / count + draw(random, preset.glintJitter);
      lamps.add(midX + spread * cosine(angle), midY + squash * spread * sine(angle));
    }
    return lamps;
  }
  const int layout = drawWhole(random, preset.glintLayout);
  for (int i = 0; i < count; ++i) {
    const double t = count > 1 ? 2.0 * i / (count - 1) - 1.0 : 0.0;
    if (layout == 0) lamps.add(midX + spread * t * cosine(phase), midY + spread * t * sine(phase));
    if (layout == 1) {
      const double row = (i / 2) * 2.0 / std::max(1, (count - 1) / 2) - 1.0;
      lamps.add(midX + ((i & 1) != 0 ? spread : -spread),
                midY + (count > 2 ? row * spread * 0.6 : 0));
    }
    if (layout == 2) {
      const double x = random.uniform(-spread, spread);
      lamps.add(midX + x, midY + random.uniform(-spread, spread));
    }
  }
  return lamps;
}

// Where a sphere reflects a far lamp to the camera.
Vec3 reflection(Vec3 centre, double radius, Vec3 lamp) {
  const double hx = lamp.x;
  const double hy = lamp.y;
  const double hz = lamp.z + 1.0;
  const double scale = radius / squareRoot(hx * hx + hy * hy + hz * hz);
  return {centre.x + hx * scale, centre.y + hy * scale, centre.z + hz * scale};
}

void paintLidGlints(const EyePreset& preset, const Lids& lids, Vec2 near, const View& view,
                    Canvas& canvas, Random& random) {
  const int count = static_cast<int>(draw(random, preset.lidGlints));
  const float level = drawn(random, preset.lidGlintLevel);
  for (int i = 0; i < count; ++i) {
    const double x = near.x + draw(random, preset.lidGlintX);
    float upper = 0;
    float lower = 0;
    lids.margins(static_cast<float>(x), upper, lower);
    const bool onUpper = random.chance(preset.upperLidGlint);
    const double y = onUpper ? upper - draw(random, preset.upperLidGlintPlace)
                             : lower + draw(random, preset.lowerLidGlintPlace);
    Spot spot;
    spot.at = view.toPixel({x, y});
    spot.radius = draw(random, preset.lidGlintRadius) * view.pxPerMm;
    spot.edge = static_cast<float>(std::max(1.0, 0.2 * view.pxPerMm));
    spot.level = level * drawn(random, preset.lidGlintLevelSpread);
    paintSpot(spot, canvas);
  }
}

// The tears along both lids mirror the lamp once more, right above and below its glint.
void paintMeniscus(const EyePreset& preset, Spot spot, Vec2 glint, double share, const Lids& lids,
                   const View& view, Canvas& canvas, Random& random) {
  const double x = glint.x + draw(random, preset.meniscusX);
  float upper = 0;
  float lower = 0;
  lids.margins(static_cast<float>(x), upper, lower);
  spot.level *= static_cast<float>(share);
  spot.radius = draw(random, preset.meniscusRadius) * view.pxPerMm;
  spot.edge = static_cast<float>(std::max(1.0, spot.radius));
  spot.shape = SpotShape::round;
  for (const double y : {upper + 0.15, lower - 0.15}) {
    spot.at = view.toPixel({x, y});
    if (random.chance(preset.meniscusLid)) paintSpot(spot, canvas);
  }
}

// Streaks of light that fade away from a lamp too bright for the sensor.
void paintRays(const EyePreset& preset, const Spot& lamp, Canvas& canvas, Random& random) {
  const int count = drawWhole(random, preset.strayRayCount);
  for (int i = 0; i < count; ++i) {
    const double angle = random.uniform(0, 2 * kPi);
    const double length = lamp.radius * draw(random, preset.strayRayLength);
    Spot spot;
    spot.radius = std::max(0.4, lamp.radius * draw(random, preset.strayRayWidth));
    spot.edge = static_cast<float>(std::max(1.0, spot.radius));
    const double ragged = draw(random, preset.strayRayRagged) * spot.radius;
    const float level = std::min(lamp.level, 1.0F) * drawn(random, preset.strayRayLevel);
    const double step = std::max(1.0, 0.8 * spot.radius);
    // Pixels decide how many dabs there are: they must not shift what is drawn after them.
    Random dabs(random.bits(), 0, 0, Purpose::render);
    for (double t = lamp.radius; t < length; t += step) {
      const double aside = ragged * dabs.normal();
      spot.at = {lamp.at.x + t * cosine(angle) - aside * sine(angle),
                 lamp.at.y + t * sine(angle) + aside * cosine(angle)};
      const float rest = static_cast<float>(1.0 - t / length);
      spot.level = level * rest * drawn(dabs, preset.strayRaySparkle);
      paintSpot(spot, canvas);
    }
  }
}

}  // namespace

void paintSpot(const Spot& spot, Canvas& canvas) {
  const double reach = spot.radius + spot.edge;
  const int left = std::max(0, static_cast<int>(std::floor(spot.at.x - reach)));
  const int right = std::min(canvas.width - 1, static_cast<int>(std::ceil(spot.at.x + reach)));
  const int top = std::max(0, static_cast<int>(std::floor(spot.at.y - reach)));
  const int bottom = std::min(canvas.height - 1, static_cast<int>(std::ceil(spot.at.y + reach)));
  for (int y = top; y <= bottom; ++y) {
    float* row = canvas.row(y);
    for (int x = left; x <= right; ++x) {
      const float dx = std::fabs(static_cast<float>(x - spot.at.x));
      const float dy = std::fabs(static_cast<float>(y - spot.at.y));
      float far = 0;
      if (spot.shape == SpotShape::round) far = std::sqrt(dx * dx + dy * dy);
      if (spot.shape == SpotShape::square) far = std::max(dx, dy);
      if (spot.shape == SpotShape::star) far = dx + dy + 0.15F * std::max(dx, dy);
      const float t =
          clampUnit((static_cast<float>(spot.radius) + 0.5F * spot.edge - far) / spot.edge);
      row[x] += spot.level * t * t * (3.0F - 2.0F * t);
    }
  }
}

void paintGlints(const EyePreset& preset, const Globe& globe, const Lids& lids, const View& view,
                 Canvas& canvas, Random& random) {
  const Lamps lamps = drawLamps(preset, random);
  const double radius = draw(random, preset.glintRadius);
  const float level = static_cast<float>(drawRatio(random, preset.glintLevel));
  const bool square = random.chance(preset.squareGlint);
  const double second = draw(random, preset.scleraGlints);
  const bool wet = random.chance(preset.meniscus);
  const double wetLevel = drawRatio(random, preset.meniscusLevel);
  const Rim iris(globe.iris);
  Vec2 middle = globe.iris.centre;
  for (int i = 0; i < lamps.count; ++i) {
    const Vec3 onCornea = reflection(globe.cornea, kCorneaRadius, lamps.directions[i]);
    const Vec2 place{onCornea.x * globe.scale + globe.centre.x,
                     onCornea.y * globe.scale + globe.centre.y};
    const float inIris = iris.radius(static_cast<float>(place.x), static_cast<float>(place.y));
    if (inIris < 1.02F && lids.open(place)) {
      Spot spot;
      spot.at = view.toPixel(place);
      spot.radius = radius * draw(random, preset.glintRadiusSpread) * view.pxPerMm;
      spot.edge = static_cast<float>(std::max(1.0, 0.35 * spot.radius));
      spot.level = level * drawn(random, preset.glintLevelSpread);
      spot.shape = square ? SpotShape::square : SpotShape::round;
      paintSpot(spot, canvas);
      if (wet) paintMeniscus(preset, spot, place, wetLevel, lids, view, canvas, random);
      middle = place;
    }
    if (!random.chance(second)) continue;
    const Vec3 onGlobe = reflection({0, 0, 0}, kGlobeRadius, lamps.directions[i]);
    const Vec2 fuzzy{onGlobe.x + globe.centre.x + draw(random, preset.scleraGlintX),
                     onGlobe.y + globe.centre.y + draw(random, preset.scleraGlintY)};
    const float far = iris.radius(static_cast<float>(fuzzy.x), static_cast<float>(fuzzy.y));
    if (far < 1.1F || !lids.open(fuzzy)) continue;
    Spot spot;
    spot.at = view.toPixel(fuzzy);
    spot.radius = radius * draw(random, preset.scleraGlintRadius) * view.pxPerMm;
    spot.edge = static_cast<float>(std::max(1.5, 1.2 * spot.radius));
    spot.level = level * drawn(random, preset.scleraGlintLevel);
    paintSpot(spot, canvas);
  }
  paintLidGlints(preset, lids, middle, view, canvas, random);
}

void paintStrays(const EyePreset& preset, const View& view, Canvas& canvas, Random& random) {
  if (random.chance(preset.strayReflection)) {
    const int count = drawWhole(random, preset.strayCount);
    for (int i = 0; i < count; ++i) {
      Spot spot;
      spot.at = {random.uniform(0, view.width), random.uniform(0, view.height)};
      const Vec2 onEye = view.toPixel({draw(random, preset.strayX), draw(random, preset.strayY)});
      if (random.chance(preset.strayOnEye)) spot.at = onEye;
      spot.radius = view.width * draw(random, preset.straySize);
      spot.edge =
          static_cast<float>(std::max(1.0, spot.radius * draw(random, preset.straySoftness)));
      spot.level = static_cast<float>(drawRatio(random, preset.strayLevel));
      spot.shape = random.chance(preset.strayStar) ? SpotShape::star : SpotShape::round;
      paintSpot(spot, canvas);
      if (random.chance(preset.strayRays)) paintRays(preset, spot, canvas, random);
    }
  }
}

}  // namespace limbus::eyes
