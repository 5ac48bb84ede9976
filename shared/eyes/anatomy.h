// The eye's shapes as the camera sees them.
//
// Everything lies in the eye plane: millimetres, x from nose to temple, y down, origin where the
// iris of an eye looking straight out of the face would be. The face is turned against the camera
// (yaw, pitch), projected with a weak perspective and then treated as flat; a frame maps its pixels
// into this plane.
#pragma once

#include <cmath>
#include <vector>

#include "shared/eyes/preset.h"
#include "shared/eyes/shading.h"

namespace limbus::eyes {

constexpr double kIrisDepth = 10.2;    // limbus plane in front of the eyeball's centre
constexpr double kPupilDepth = 10.15;  // entrance pupil, lifted by the cornea's refraction
constexpr double kCorneaDepth = 5.4;   // centre of the cornea's sphere
constexpr double kCorneaRadius = 7.8;
constexpr double kGlobeRadius = 12.0;

// How the camera sees points of the face (millimetres from the eyeball's centre, z out of the
// face).
struct Projection {
  double cosYaw = 1, sinYaw = 0, cosPitch = 1, sinPitch = 0;
  double distance = 600;
  Vec2 origin;  // where the straight iris lands

  Vec3 turn(Vec3 p) const;
  Vec2 place(Vec3 turned) const;  // from camera directions to the eye plane
  double scaleAt(double z) const;
};

Projection drawProjection(const EyePreset& preset, Random& random);

// An ellipse as the image of the unit disc: point = centre + shape * q, |q| <= 1.
struct Disc {
  Vec2 centre;
  Matrix2 shape, toUnit;
  double wobble = 0;  // third harmonic of the radius
  double wobbleX = 1, wobbleY = 0;
};

// A disc's outline for loops over pixels.
class Rim {
 public:
  explicit Rim(const Disc& disc);

  // 1 on the outline, smaller inside.
  float radius(float x, float y) const {
    const Place at = toUnit(x, y);
    return wobbled(at, std::sqrt(at.u * at.u + at.v * at.v));
  }

  // radius() < 1; outlines wobble by less than 9 percent.
  bool holds(float x, float y) const {
    const Place at = toUnit(x, y);
    const float square = at.u * at.u + at.v * at.v;
    if (square > 1.21F) return false;
    return square < 0.81F || wobbled(at, std::sqrt(square)) < 1.0F;
  }

 private:
  struct Place {  // where the outline is the unit circle
    float u, v;
  };

  Place toUnit(float x, float y) const {
    const float dx = x - x_;
    const float dy = y - y_;
    return {a_ * dx + b_ * dy, c_ * dx + d_ * dy};
  }

  float wobbled(Place at, float r) const {
    if (r == 0.0F || (cosine3_ == 0.0F && sine3_ == 0.0F)) return r;
    const float inv = 1.0F / r;
    const float cu = at.u * inv;
    const float cv = at.v * inv;
    const float cos3 = cu * (cu * cu - 3.0F * cv * cv);
    const float sin3 = cv * (3.0F * cu * cu - cv * cv);
    return r * (1.0F + cosine3_ * cos3 + sine3_ * sin3);
  }

  float x_, y_, a_, b_, c_, d_, cosine3_, sine3_;
};

struct Globe {
  Vec3 gaze;  // unit, towards the camera is +z
  Vec2 centre;
  double scale = 1;  // of the perspective at the iris
  Vec3 cornea;       // centre of its sphere, turned
  Disc iris, pupil;
};

Globe drawGlobe(const EyePreset& preset, const Projection& projection, Random& random);

struct LidRow {
  float upper = 0, lower = 0;          // y of the margins
  float upperCos = 1, lowerCos = 1;    // of their slopes: vertical distance to true distance
  float softUpper = 0, softLower = 0;  // the margins as the skin further away follows them
  float softUpperCos = 1, softLowerCos = 1;
  float perCrease = 1;                   // 1 / scale: the fold comes nearer towards the canthi
  float inside = 0;                      // 1 between the canthi, falling to 0 well outside
  float margin = 0;                      // the same, close to the canthi
  float upperRoots = 0, lowerRoots = 0;  // from the margins up and down to the lashes
};

// Both margins as functions of x.
struct Lids {
  static constexpr double kReach = 64;
  static constexpr int kRows = 1025;

  std::vector<LidRow> rows;
  Vec2 nasal, temporal;  // the canthi
  double openness = 1;   // 0 shut, 1 as at rest
  double creaseDistance = 4;

  // The margins, linear between rows; the answer is the nearest row.
  const LidRow& margins(float x, float& upper, float& lower) const {
    float place = (x + static_cast<float>(kReach)) * static_cast<float>((kRows - 1) / (2 * kReach));
    place = place < 0.0F ? 0.0F : (place > kRows - 1.01F ? kRows - 1.01F : place);
    const int i = static_cast<int>(place);
    const float t = place - static_cast<float>(i);
    const LidRow& a = rows[static_cast<std::size_t>(i)];
    const LidRow& b = rows[static_cast<std::size_t>(i) + 1];
    upper = mix(a.upper, b.upper, t);
    lower = mix(a.lower, b.lower, t);
    return t < 0.5F ? a : b;
  }

  // The place between both margins.
  bool open(Vec2 p) const {
    float upper = 0;
    float lower = 0;
    margins(static_cast<float>(p.x), upper, lower);
    return p.y > upper && p.y < lower;
  }
};

Lids drawLids(const EyePreset& preset, const Projection& projection, const Globe& globe,
              Random& random);

}  // namespace limbus::eyes
