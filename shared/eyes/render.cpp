// One image: draw the scene part by part, shade every pixel, paint hair and lamps, look through the
// camera; the mask is the exact shapes at the pixel centres.
#include <algorithm>
#include <cmath>

#include "shared/elementary.h"
#include "shared/eyes/anatomy.h"
#include "shared/eyes/camera.h"
#include "shared/eyes/eyes.h"
#include "shared/eyes/glasses.h"
#include "shared/eyes/hair.h"
#include "shared/eyes/lamps.h"
#include "shared/eyes/lens.h"
#include "shared/eyes/surface.h"

namespace limbus {
namespace eyes {

// Each part of a scene has a stream of its own, so a new draw in one leaves the others alone.
enum class Part : std::uint32_t {
  choice,
  view,
  head,
  globe,
  lids,
  light,
  skin,
  eyeball,
  lashes,
  brow,
  lamps,
  strays,
  glasses,
  lens,
  blur,
  sensor,
  file
};

struct Key {
  std::uint64_t seed;
  std::uint32_t index;

  Random stream(Part part) const {
    return Random(seed, static_cast<std::uint32_t>(part), index, Purpose::render);
  }
};

View View::resized(int newWidth, int newHeight) const {
  View view = *this;
  const double step = static_cast<double>(width) / newWidth;
  // Pixel centres: old = (new + 0.5) * step - 0.5.
  const double shift = 0.5 * step - 0.5;
  view.x0 = x0 + (xx + xy) * shift;
  view.y0 = y0 + (yx + yy) * shift;
  view.xx *= step;
  view.xy *= step;
  view.yx *= step;
  view.yy *= step;
  view.pxPerMm /= step;
  view.width = newWidth;
  view.height = newHeight;
  return view;
}

namespace {

// What the mixture changes about the camera that it drew.
struct Loosening {
  double zoom = 1;
  double extraRoll = 0;
  Vec2 shift;
  double exposure = 1;
};

View drawView(const EyePreset& preset, const Loosening& loose, int width, int height,
              Random& random) {
  const double share = draw(random, preset.irisShare) * loose.zoom;
  const double centreX = draw(random, preset.centreX);
  const double centreY = draw(random, preset.centreY);
  const double roll = draw(random, preset.rollDegrees) + loose.extraRoll;
  const bool turned = random.chance(preset.quarterTurn);
  const int quarter = random.integer(1, 3);
  const bool mirrored = random.chance(preset.mirrored);
  const bool cut = random.chance(0.5);

  // The preset's frame laid over the wanted one: cut to fill it, or widened to hold all of it.
  const double fitX = static_cast<double>(width) / preset.width;
  const double fitY = static_cast<double>(height) / preset.height;
  const double fit = cut ? std::max(fitX, fitY) : std::min(fitX, fitY);
  View view;
  view.width = width;
  view.height = height;
  view.pxPerMm = share * preset.width * fit / 12.0;
  const double angle = (roll + (turned ? 90.0 * quarter : 0.0)) * kPi / 180.0;
  const double step = 1.0 / view.pxPerMm;
  const double c = cosine(angle) * step;
  const double s = sine(angle) * step;
  const double flip = mirrored ? -1.0 : 1.0;
  view.xx = flip * c;
  view.xy = flip * -s;
  view.yx = s;
  view.yy = c;
  const double px =
      0.5 * (width - 1) + (centreX - 0.5) * preset.width * fit + loose.shift.x * width;
  const double py =
      0.5 * (height - 1) + (centreY - 0.5) * preset.height * fit + loose.shift.y * height;
  view.x0 = -(view.xx * px + view.xy * py);
  view.y0 = -(view.yx * px + view.yy * py);
  return view;
}

Ellipse ellipseInPixels(const Disc& disc, const View& view) {
  const double s = view.pxPerMm * view.pxPerMm;
  const Matrix2 toPixel{s * view.xx, s * view.yx, s * view.xy, s * view.yy};
  const Matrix2 m = product(toPixel, disc.shape);
  // Singular values of m are the half axes; the major one's direction from m m^T.
  const double p = m.a * m.a + m.b * m.b;
  const double q = m.c * m.c + m.d * m.d;
  const double r = m.a * m.c + m.b * m.d;
  const double mean = 0.5 * (p + q);
  const double spread = squareRoot(0.25 * (p - q) * (p - q) + r * r);
  const Vec2 centre = view.toPixel(disc.centre);
  double angle = 0.5 * arcTangent2(2.0 * r, p - q) * 180.0 / kPi;
  if (angle <= -90.0) angle += 180.0;
  return {centre.x, centre.y, 2.0 * squareRoot(mean + spread),
          2.0 * squareRoot(std::max(mean - spread, 0.0)), angle};
}

void shade(const Skin& skin, const EyeSurface& surface, const Lids& lids, const View& view,
           Canvas& canvas) {
  const float pxPerMm = static_cast<float>(view.pxPerMm);
  const float stepX = static_cast<float>(view.xx);
  const float stepY = static_cast<float>(view.yx);
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    const Vec2 start = view.toEye(0, y);
    for (int x = 0; x < canvas.width; ++x) {
      const float ex = static_cast<float>(start.x) + stepX * static_cast<float>(x);
      const float ey = static_cast<float>(start.y) + stepY * static_cast<float>(x);
      float upper = 0;
      float lower = 0;
      const LidRow& lid = lids.margins(ex, upper, lower);
      const float depth = std::min((ey - upper) * lid.upperCos, (lower - ey) * lid.lowerCos);
      // A slit thinner than a pixel covers as much of it as it is high; beyond the canthi nothing.
      const float cover = std::min(clampUnit(depth * pxPerMm + 0.5F), (lower - upper) * pxPerMm);
      float v = 0;
      if (cover < 1.0F) v = skin.at(ex, ey, lid, upper, lower);
      if (cover > 0.0F) v = mix(v, surface.at(ex, ey, upper, lower, pxPerMm), cover);
      row[x] = v;
    }
  }
}

struct PixelBox {
  int left, top, right, bottom;  // ends included
};

// The pixels that the open eye can reach.
PixelBox boxOfOpening(const Lids& lids, const View& view) {
  double high = lids.nasal.y;
  double low = lids.nasal.y;
  for (const LidRow& row : lids.rows) {
    if (row.lower <= row.upper) continue;
    high = std::min(high, static_cast<double>(row.upper));
    low = std::max(low, static_cast<double>(row.lower));
  }
  double left = view.width, right = 0, top = view.height, bottom = 0;
  for (const double x : {lids.nasal.x, lids.temporal.x}) {
    for (const double y : {high, low}) {
      const Vec2 p = view.toPixel({x, y});
      left = std::min(left, p.x);
      right = std::max(right, p.x);
      top = std::min(top, p.y);
      bottom = std::max(bottom, p.y);
    }
  }
  return {std::max(0, static_cast<int>(left) - 1), std::max(0, static_cast<int>(top) - 1),
          static_cast<int>(std::min(view.width - 1.0, right + 1.0)),
          static_cast<int>(std::min(view.height - 1.0, bottom + 1.0))};
}

Mask classify(const Globe& globe, const Lids& lids, const Glasses& glasses, const Lens& lens,
              const View& view) {
  Mask mask(view.width, view.height, 1);
  const PixelBox box = boxOfOpening(lids, view);
  for (int y = box.top; y <= box.bottom; ++y) {
    std::uint8_t* row = mask.row(y);
    const float v = static_cast<float>(2 * y + 1) / static_cast<float>(view.height) - 1.0F;
    for (int x = box.left; x <= box.right; ++x) {
      const Vec2 eye = view.toEye(x, y);
      if (eye.x <= lids.nasal.x || eye.x >= lids.temporal.x) continue;
      const float ex = static_cast<float>(eye.x);
      const float ey = static_cast<float>(eye.y);
      float upper = 0;
      float lower = 0;
      lids.margins(ex, upper, lower);
      if (ey <= upper || ey >= lower || glasses.hides(ex, ey)) continue;
      const float u = static_cast<float>(2 * x + 1) / static_cast<float>(view.width) - 1.0F;
      if (lens.hides(u, v)) continue;
      const bool iris = globe.iris.radius(ex, ey) < 1.0F;
      row[x] = !iris ? 1 : (globe.pupil.radius(ex, ey) < 1.0F ? 3 : 2);
    }
  }
  return mask;
}

Render renderScene(const EyePreset& preset, const Loosening& loose, const Key& key, int width,
                   int height) {
  Random viewDraws = key.stream(Part::view);
  const View view = drawView(preset, loose, width, height, viewDraws);
  Random headDraws = key.stream(Part::head);
  const Projection projection = drawProjection(preset, headDraws);
  Random globeDraws = key.stream(Part::globe);
  const Globe globe = drawGlobe(preset, projection, globeDraws);
  Random lidDraws = key.stream(Part::lids);
  const Lids lids = drawLids(preset, projection, globe, lidDraws);
  Random lightDraws = key.stream(Part::light);
  const Light light = drawLight(preset, lightDraws);
  Random skinDraws = key.stream(Part::skin);
  const Skin skin(preset, lids, light, skinDraws);
  Random eyeDraws = key.stream(Part::eyeball);
  const EyeSurface surface(preset, globe, lids, light, skin.level, eyeDraws);

  Random sensorDraws = key.stream(Part::sensor);
  const double native = draw(sensorDraws, preset.nativeWidth) / preset.width;
  const int canvasWidth = native < 1.0 ? std::max(24, static_cast<int>(width * native)) : width;
  const int canvasHeight =
      static_cast<int>(std::ceil(static_cast<double>(height) * canvasWidth / width));
  const View seen = view.resized(canvasWidth, canvasHeight);
  Canvas canvas(canvasWidth, canvasHeight);
  shade(skin, surface, lids, seen, canvas);
  skin.paintFreckles(lids, seen, canvas);

  Random browDraws = key.stream(Part::brow);
  paintBrow(preset, lids, seen, canvas, browDraws);
  Random lampDraws = key.stream(Part::lamps);
  paintGlints(preset, globe, lids, seen, canvas, lampDraws);
  Random lashDraws = key.stream(Part::lashes);
  paintLashes(preset, lids, seen, canvas, lashDraws);
  Random strayDraws = key.stream(Part::strays);
  paintStrays(preset, seen, canvas, strayDraws);
  Random glassesDraws = key.stream(Part::glasses);
  const Glasses glasses = drawGlasses(preset, glassesDraws);
  paintGlasses(preset, glasses, seen, canvas, glassesDraws);
  Random lensDraws = key.stream(Part::lens);
  const Lens lens =
      drawLens(preset, static_cast<float>(height) / static_cast<float>(width), lensDraws);
  coverByLens(lens, canvas);
  Random blurDraws = key.stream(Part::blur);
  blur(preset, seen.pxPerMm, canvas, blurDraws);
  expose(preset, loose.exposure, canvas, sensorDraws);
  Random fileDraws = key.stream(Part::file);

  Render render;
  render.image = develop(preset, canvas, width, height, fileDraws);
  render.mask = classify(globe, lids, glasses, lens, view);
  render.pupil = ellipseInPixels(globe.pupil, view);
  render.iris = ellipseInPixels(globe.iris, view);
  return render;
}

const EyePreset* findPreset(const std::string& name) {
  for (const EyePreset& preset : eyePresetTable()) {
    if (name == preset.name) return &preset;
  }
  return nullptr;
}

Loosening drawLoosening(Random& random) {
  Loosening loose;
  loose.zoom = exponential(random.uniform(-0.5, 0.5));
  if (random.chance(0.35)) loose.extraRoll = random.uniform(-30, 30);
  if (random.chance(0.25)) loose.extraRoll += 90.0 * random.integer(1, 3);
  if (random.chance(0.5)) loose.shift = {random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15)};
  if (random.chance(0.5)) loose.exposure = exponential(random.uniform(-1.0, 0.35));
  return loose;
}

}  // namespace
}  // namespace eyes

const std::vector<EyePresetRow>& eyePresets() {
  static const std::vector<EyePresetRow> rows = [] {
    std::vector<EyePresetRow> made;
    for (const EyePreset& preset : eyePresetTable()) {
      made.push_back({preset.name, preset.summary, preset.width, preset.height});
    }
    return made;
  }();
  return rows;
}

Result<Render> renderEye(const std::string& name, std::uint64_t seed, std::uint32_t index,
                         int width, int height) {
  const EyePreset* preset = eyes::findPreset(name);
  if (preset == nullptr) {
    std::string known;
    for (const EyePreset& row : eyePresetTable())
      known += (known.empty() ? "" : ", ") + std::string(row.name);
    return fail(ErrorCode::badArgument, "unknown eye preset '" + name + "'; known: " + known);
  }
  if (width < 32 || height < 32 || width > 4096 || height > 4096) {
    return fail(ErrorCode::badArgument, "an eye is rendered at 32 to 4096 pixels a side, got " +
                                            std::to_string(width) + "x" + std::to_string(height));
  }
  const eyes::Key key{seed, index};
  eyes::Loosening loose;
  if (!preset->mixture.empty()) {
    Random choice = key.stream(eyes::Part::choice);
    double total = 0;
    for (const EyeMixtureShare& part : preset->mixture) total += part.weight;
    double place = choice.uniform(0, total);
    const EyePreset* chosen = nullptr;
    for (const EyeMixtureShare& part : preset->mixture) {
      chosen = eyes::findPreset(part.name);
      place -= part.weight;
      if (place < 0) break;
    }
    loose = eyes::drawLoosening(choice);
    preset = chosen;
  }
  return eyes::renderScene(*preset, loose, key, width, height);
}

Result<Render> renderEye(const std::string& name, std::uint64_t seed, std::uint32_t index) {
  const EyePreset* preset = eyes::findPreset(name);
  return renderEye(name, seed, index, preset != nullptr ? preset->width : 0,
                   preset != nullptr ? preset->height : 0);
}

}  // namespace limbus
