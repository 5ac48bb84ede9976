// Eyeball, iris and pupil under gaze.
#include <algorithm>

#include "shared/elementary.h"
#include "shared/eyes/anatomy.h"

namespace limbus::eyes {
namespace {

// A disc of this radius whose normal is tilted to `facing` (cosine), seen along z.
Disc tiltedDisc(double radius, double facing, const Globe& globe, double stretch, double angle) {
  const double across = squareRoot(globe.gaze.x * globe.gaze.x + globe.gaze.y * globe.gaze.y);
  const double ux = across > 0 ? globe.gaze.x / across : 1.0;
  const double uy = across > 0 ? globe.gaze.y / across : 0.0;
  const double lost = 1.0 - facing;
  const Matrix2 tilt{1.0 - lost * ux * ux, -lost * ux * uy, -lost * ux * uy, 1.0 - lost * uy * uy};
  const double c = stretch * cosine(2.0 * angle);
  const double s = stretch * sine(2.0 * angle);
  const Matrix2 own{radius * (1.0 + c), radius * s, radius * s, radius * (1.0 - c)};
  Disc disc;
  disc.shape = product(tilt, own);
  disc.toUnit = inverse(disc.shape);
  return disc;
}

}  // namespace

Vec3 Projection::turn(Vec3 p) const {
  const double x = p.x * cosYaw - p.z * sinYaw;
  const double z = p.x * sinYaw + p.z * cosYaw;
  return {x, p.y * cosPitch - z * sinPitch, p.y * sinPitch + z * cosPitch};
}

double Projection::scaleAt(double z) const { return (distance - kIrisDepth) / (distance - z); }

Vec2 Projection::place(Vec3 turned) const {
  const double scale = scaleAt(turned.z);
  return {turned.x * scale - origin.x, turned.y * scale - origin.y};
}

Projection drawProjection(const EyePreset& preset, Random& random) {
  Projection projection;
  const double yaw = draw(random, preset.cameraYaw) * kRadians;
  const double pitch = draw(random, preset.cameraPitch) * kRadians;
  projection.cosYaw = cosine(yaw);
  projection.sinYaw = sine(yaw);
  projection.cosPitch = cosine(pitch);
  projection.sinPitch = sine(pitch);
  projection.distance = draw(random, preset.cameraDistance);
  projection.origin = projection.place(projection.turn({0, 0, kIrisDepth}));
  return projection;
}

Rim::Rim(const Disc& disc)
    : x_(static_cast<float>(disc.centre.x)),
      y_(static_cast<float>(disc.centre.y)),
      a_(static_cast<float>(disc.toUnit.a)),
      b_(static_cast<float>(disc.toUnit.b)),
      c_(static_cast<float>(disc.toUnit.c)),
      d_(static_cast<float>(disc.toUnit.d)),
      cosine3_(static_cast<float>(disc.wobble * disc.wobbleX)),
      sine3_(static_cast<float>(disc.wobble * disc.wobbleY)) {}

Globe drawGlobe(const EyePreset& preset, const Projection& projection, Random& random) {
  const double azimuth = draw(random, preset.gazeX) * kRadians;
  const double elevation = draw(random, preset.gazeY) * kRadians;
  const Vec3 face{sine(azimuth) * cosine(elevation), sine(elevation),
                  cosine(azimuth) * cosine(elevation)};
  Globe globe;
  globe.gaze = projection.turn(face);
  if (globe.gaze.z < 0.25) {  // never seen from behind
    const double across = squareRoot(globe.gaze.x * globe.gaze.x + globe.gaze.y * globe.gaze.y);
    const double keep = squareRoot(1.0 - 0.0625) / across;
    globe.gaze = {globe.gaze.x * keep, globe.gaze.y * keep, 0.25};
  }
  const Vec3 g = globe.gaze;
  const auto along = [&](double depth) { return Vec3{g.x * depth, g.y * depth, g.z * depth}; };
  globe.centre = projection.place({0, 0, 0});
  globe.scale = projection.scaleAt(g.z * kIrisDepth);
  globe.cornea = along(kCorneaDepth);

  const double irisRadius = draw(random, preset.irisRadius);
  const double irisStretch = draw(random, preset.irisStretch);
  const double irisAngle = random.uniform(0, kPi);
  globe.iris = tiltedDisc(irisRadius * globe.scale, g.z, globe, irisStretch, irisAngle);
  globe.iris.centre = projection.place(along(kIrisDepth));

  const double pupilRadius = std::min(draw(random, preset.pupilRadius), 0.78 * irisRadius);
  const double facing = g.z + 0.12 * (1.0 - g.z);  // the cornea turns the pupil towards the camera
  const double stretch = draw(random, preset.pupilStretch);
  const double stretchAngle = random.uniform(0, kPi);
  globe.pupil = tiltedDisc(pupilRadius * globe.scale, facing, globe, stretch, stretchAngle);
  const double offset = std::min(draw(random, preset.pupilOffset), 0.85 * irisRadius - pupilRadius);
  const double direction = random.uniform(0, 2.0 * kPi);
  const Vec2 ahead = projection.place(along(kPupilDepth));
  globe.pupil.centre = {ahead.x + offset * cosine(direction), ahead.y + offset * sine(direction)};
  globe.pupil.wobble = draw(random, preset.pupilWobble);
  const double phase = random.uniform(0, 2.0 * kPi);
  globe.pupil.wobbleX = cosine(phase);
  globe.pupil.wobbleY = sine(phase);
  return globe;
}

}  // namespace limbus::eyes
