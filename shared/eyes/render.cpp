// One image: draw the scene part by part, shade every pixel, paint hair and lamps, look through the
// camera; the mask is the exact shapes at the pixel centres.
#include <algorithm>
#include <array>
#include <cmath>

#include "shared/elementary.h"
#include "shared/eyes/anatomy.h"
#include "shared/eyes/camera.h"
#include "shared/eyes/eyes.h"
#include "shared/eyes/glasses.h"
#include "shared/eyes/hair.h"
#include "shared/eyes/lamps.h"
#include "shared/eyes/lens.h"
#include "shared/eyes/palette.h"
#include "shared/eyes/raster.h"
#include "shared/eyes/surface.h"
#include "shared/eyes/windows.h"
#include "shared/options/rows.h"

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
  file,
  resolution,
  windows,
  reflections,
  palette
};

struct Key {
  std::uint64_t seed;
  std::uint32_t index;

  Random stream(Part part) const {
    return Random(seed, static_cast<std::uint32_t>(part), index, Purpose::render);
  }
};

View View::resized(int newWidth) const {
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
  view.height =
      std::max(2, static_cast<int>(std::ceil(static_cast<double>(height) * newWidth / width)));
  return view;
}

namespace {

// What the mixture changes about the camera that it drew.
struct Loosening {
  double zoom = 1;
  double largestIris = 0;
  double extraRoll = 0;
  Vec2 shift;
  double exposure = 1;
};

View drawView(const EyePreset& preset, const Loosening& loose, int width, int height,
              Random& random) {
  const double closest = std::max(loose.largestIris, preset.irisShare.high);
  const double share = std::min(draw(random, preset.irisShare) * loose.zoom, closest);
  const double centreX = draw(random, preset.centreX);
  const double centreY = draw(random, preset.centreY);
  const double roll = draw(random, preset.rollDegrees) + loose.extraRoll;
  const bool turned = random.chance(preset.quarterTurn);
  const int quarter = random.integer(1, 3);
  const bool mirrored = random.chance(preset.mirrored);
  const bool cut = random.chance(preset.cutToFit);

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

// One scene, whatever the plane of the image.
struct Scene {
  const EyePreset& preset;
  Key key;
  double exposure;
  int width, height;
  View view = {};  // of the finished image
  View seen = {};  // of the sensor, which may have fewer pixels
  Globe globe = {};
  Lids lids = {};
  Light light = {};
  Glasses glasses = {};
  Lens lens = {};
};

Scene drawScene(const EyePreset& preset, const Loosening& loose, const Key& key, int width,
                int height) {
  Scene scene{
      .preset = preset, .key = key, .exposure = loose.exposure, .width = width, .height = height};
  Random viewDraws = key.stream(Part::view);
  scene.view = drawView(preset, loose, width, height, viewDraws);
  Random headDraws = key.stream(Part::head);
  const Projection projection = drawProjection(preset, headDraws);
  Random globeDraws = key.stream(Part::globe);
  scene.globe = drawGlobe(preset, projection, globeDraws);
  Random lidDraws = key.stream(Part::lids);
  scene.lids = drawLids(preset, projection, scene.globe, lidDraws);
  Random lightDraws = key.stream(Part::light);
  scene.light = drawLight(preset, lightDraws);
  Random glassesDraws = key.stream(Part::glasses);
  scene.glasses = drawGlasses(preset, glassesDraws);
  Random lensDraws = key.stream(Part::lens);
  scene.lens = drawLens(preset, static_cast<float>(height) / static_cast<float>(width), lensDraws);
  Random resolutionDraws = key.stream(Part::resolution);
  const double native = draw(resolutionDraws, preset.nativeWidth) / preset.width;
  const int seenWidth = native < 1.0 ? std::max(24, static_cast<int>(width * native)) : width;
  scene.seen = scene.view.resized(seenWidth);
  return scene;
}

// What the sensor's pixels behind one colour of filter read. Streams start anew in every plane, so
// all planes show the same hairs and lamps; only the noise is each one's own.
Canvas paintPlane(const Scene& scene, const View& seen, const Tint& tint, unsigned plane) {
  const auto& [preset, key, exposure, width, height, view, whole, globe, lids, light, glasses,
               lens] = scene;
  Random skinDraws = key.stream(Part::skin);
  const Skin skin(preset, lids, light, tint, skinDraws);
  Random eyeDraws = key.stream(Part::eyeball);
  const EyeSurface surface(preset, globe, lids, light, skin.level, tint, seen.pxPerMm, eyeDraws);
  Canvas canvas(seen.width, seen.height);
  shade(skin, surface, lids, seen, canvas);
  skin.paintFreckles(lids, seen, canvas);

  Random browDraws = key.stream(Part::brow);
  paintBrow(preset, lids, tint, seen, canvas, browDraws);
  Random lampDraws = key.stream(Part::lamps);
  paintGlints(preset, globe, lids, seen, canvas, lampDraws);
  Random windowDraws = key.stream(Part::windows);
  paintWindow(preset, globe, lids, seen, canvas, windowDraws);
  Random lashDraws = key.stream(Part::lashes);
  paintLashes(preset, lids, tint, seen, canvas, lashDraws);
  Random strayDraws = key.stream(Part::strays);
  paintStrays(preset, seen, canvas, strayDraws);
  Random reflectionDraws = key.stream(Part::reflections);
  paintGlasses(preset, glasses, seen, canvas, reflectionDraws);
  const double rows = static_cast<double>(height) * canvas.width / width;
  coverByLens(lens, static_cast<float>(rows), canvas);
  Random blurDraws = key.stream(Part::blur);
  blur(preset, seen.pxPerMm, canvas, blurDraws);
  Random sensorDraws = key.stream(Part::sensor);
  expose(preset, exposure * tint.light, plane, canvas, sensorDraws);
  return canvas;
}

void addTo(Canvas& sum, const Canvas& canvas, float times) {
  for (std::size_t i = 0; i < sum.pixels.size(); ++i) sum.pixels[i] += times * canvas.pixels[i];
}

// At the finished image's size, as the file holds it.
Image finish(const Scene& scene, const Canvas& canvas) {
  Random fileDraws = scene.key.stream(Part::file);
  if (canvas.width == scene.width && canvas.height == scene.height) {
    return develop(scene.preset, canvas, fileDraws);
  }
  return develop(scene.preset, resampled(canvas, scene.width, scene.height), fileDraws);
}

// Colour sensors see green finely, red and blue at half the resolution (Bayer, US patent
// 3,971,065); the camera adds their smooth difference to the green.
Image paintColours(const Scene& scene) {
  Random paletteDraws = scene.key.stream(Part::palette);
  const std::array<Tint, 3> palette = drawPalette(scene.preset, paletteDraws);
  const View half = scene.seen.resized((scene.seen.width + 1) / 2);
  const Canvas green = paintPlane(scene, scene.seen, palette[1], 1);
  const Canvas coarseGreen = resampled(green, half.width, half.height);
  const auto besideGreen = [&](unsigned plane) {
    Canvas coarse = paintPlane(scene, half, palette[plane], plane);
    addTo(coarse, coarseGreen, -1.0F);
    Canvas colour = resampled(coarse, green.width, green.height);
    addTo(colour, green, 1.0F);
    return colour;
  };
  Image image(scene.width, scene.height, 3);
  for (unsigned plane = 0; plane < 3; ++plane) {
    const Image grey = plane == 1 ? finish(scene, green) : finish(scene, besideGreen(plane));
    for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
      image.pixels[3 * i + plane] = grey.pixels[i];
    }
  }
  return image;
}

Render renderScene(const EyePreset& preset, const Loosening& loose, const Key& key, int width,
                   int height) {
  const Scene scene = drawScene(preset, loose, key, width, height);
  Render render;
  render.image =
      preset.colour ? paintColours(scene) : finish(scene, paintPlane(scene, scene.seen, Tint{}, 0));
  render.mask = classify(scene.globe, scene.lids, scene.glasses, scene.lens, scene.view);
  render.pupil = ellipseInPixels(scene.globe.pupil, scene.view);
  render.iris = ellipseInPixels(scene.globe.iris, scene.view);
  return render;
}

Loosening drawLoosening(const EyeLoosening& ranges, Random& random) {
  Loosening loose;
  loose.zoom = drawRatio(random, ranges.zoom);
  loose.largestIris = ranges.largestIris;
  if (random.chance(ranges.roll)) loose.extraRoll = draw(random, ranges.rollDegrees);
  if (random.chance(ranges.quarterTurn)) loose.extraRoll += 90.0 * random.integer(1, 3);
  if (random.chance(ranges.shift)) {
    loose.shift = {draw(random, ranges.shiftX), draw(random, ranges.shiftY)};
  }
  if (random.chance(ranges.exposed)) loose.exposure = drawRatio(random, ranges.exposure);
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
  const EyePreset* preset = findRow(eyePresetTable(), name);
  if (preset == nullptr) {
    return fail(ErrorCode::badArgument, unknownName("eye preset", name, namesOf(eyePresetTable())));
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
      chosen = findRow(eyePresetTable(), part.name);
      place -= part.weight;
      if (place < 0) break;
    }
    loose = eyes::drawLoosening(preset->loosening, choice);
    preset = chosen;
  }
  return eyes::renderScene(*preset, loose, key, width, height);
}

Result<Render> renderEye(const std::string& name, std::uint64_t seed, std::uint32_t index) {
  const EyePreset* preset = findRow(eyePresetTable(), name);
  return renderEye(name, seed, index, preset != nullptr ? preset->width : 0,
                   preset != nullptr ? preset->height : 0);
}

}  // namespace limbus
