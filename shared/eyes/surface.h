// Light reflected by skin and eyeball at a point of the eye plane.
//
// Both are drawn once per image into plain constants and tables; `at` is called per pixel.
#pragma once

#include <array>

#include "shared/eyes/anatomy.h"
#include "shared/eyes/canvas.h"
#include "shared/eyes/noise.h"
#include "shared/eyes/palette.h"

namespace limbus::eyes {

// Smooth light over the whole face, 1 in its middle.
struct Light {
  float middleX = 0, middleY = 0;
  float slopeX = 0, slopeY = 0, falloff = 0;

  float at(float x, float y) const {
    const float dx = (x - middleX) * (1.0F / 30.0F);
    const float dy = (y - middleY) * (1.0F / 30.0F);
    const float linear = 1.0F + slopeX * dx + slopeY * dy;
    const float v = (linear > 0.15F ? linear : 0.15F) / (1.0F + falloff * (dx * dx + dy * dy));
    return v;
  }
};

Light drawLight(const EyePreset& preset, Random& random);

// The skin's light at one point, smooth, and how much its grain adds to it.
struct SkinLayers {
  float smooth = 0;
  float pores = 0;    // times the grain
  float sparkle = 0;  // times what the grain exceeds 0.9 by
};

class Skin {
 public:
  Skin(const EyePreset& preset, const Lids& lids, const Light& light, const Tint& tint,
       Random& random);

  // upper, lower: the margins at x. Above their middle counts as upper lid, below as lower lid.
  SkinLayers at(float x, float y, const LidRow& row, float upper, float lower) const;

  // Grain from a point on, `step` millimetres from value to value: mean 0, deviation 1.
  void grainAlong(Vec2 from, Vec2 step, std::vector<float>& values) const;

  // Dark spots, over the shaded skin.
  void paintFreckles(const Lids& lids, const View& view, Canvas& canvas) const;

  float level = 0.5F;

 private:
  static constexpr float kProfileStep = 0.05F;
  static constexpr int kProfileSize = 640;  // 32 mm
  static constexpr float kMarginInTable = 2.2F;
  static constexpr int kReach = 64;  // mm of the slow field, a value per mm
  static constexpr int kField = 2 * kReach + 1;

  struct Spot {
    float x = 0, y = 0, radius = 1, strength = 0;
  };

  void drawUpperProfile(const EyePreset& preset, const Lids& lids, Random& random);
  void drawLowerProfile(const EyePreset& preset, Random& random);
  void drawField(const EyePreset& preset, const Lids& lids, const Light& light, Random& random);
  void drawFreckles(const EyePreset& preset, Random& random);
  float folds(float x, float y, const LidRow& row, float upper, float lower) const;
  float slow(float x, float y) const;

  std::array<float, kProfileSize + 1> upper_{}, lower_{};  // change of brightness over the distance
  std::vector<float> field_;                               // level, light and hollows
  std::vector<Spot> freckles_;
  float mottle_ = 0, mottleScale_ = 1, pores_ = 0, poreScale_ = 1, wrinkles_ = 0, shine_ = 0;
  float shineX_ = 0, shineY_ = 0, shineReach_ = 1;
  float offsetU_ = 0, offsetV_ = 0;
  const NoiseTile& cloud_;
  const NoiseTile& grain_;
};

// What the open eye is made of at one point. All of it is smooth: the edges are where the distances
// say so.
struct EyeLayers {
  float sclera = 0, iris = 0, pupil = 0;  // each one's light
  float limbus = 0, edge = 0;             // millimetres outside the limbus and the pupil, about
};

class EyeSurface {
 public:
  // pxPerMm: for soft edges of half a pixel at least.
  EyeSurface(const EyePreset& preset, const Globe& globe, const Lids& lids, const Light& light,
             float skinLevel, const Tint& tint, double pxPerMm, Random& random);

  // The light of those layers only that are seen within `reach` millimetres.
  EyeLayers at(float x, float y, float upper, float lower, float reach) const;

  bool onlySclera(const EyeLayers& eye) const { return eye.limbus >= limbusHalf_; }
  bool onlyIris(const EyeLayers& eye) const {
    return eye.limbus <= -limbusHalf_ && eye.edge >= pupilHalf_;
  }
  bool onlyPupil(const EyeLayers& eye) const {
    return eye.limbus <= -limbusHalf_ && eye.edge <= -pupilHalf_;
  }
  float blend(const EyeLayers& eye) const {
    const float share = clampUnit(0.5F + 0.5F * eye.edge / pupilHalf_);
    const float inside = mix(eye.pupil, eye.iris, share);
    return mix(inside, eye.sclera, smoothStep(-limbusHalf_, limbusHalf_, eye.limbus));
  }

 private:
  float sclera(float x, float y) const;
  float iris(float x, float y, float irisRadius, float pupilRadius) const;

  const Globe& globe_;
  Rim irisRim_, pupilRim_;
  const NoiseTile& cloud_;
  const NoiseTile& grain_;
  Light light_;
  float halfWidth_ = 12, middleX_ = 0;
  float scleraLevel_, scleraFalloff_, vessels_;
  float caruncleX_, caruncleY_, caruncleLevel_, caruncleSize_;
  float irisLevel_, fibres_, fibreCount_, crypts_, collarette_, collarettePlace_, limbalRing_,
      ringWidth_;
  float limbusHalf_, limbusShift_, pupilHalf_;  // half the widths of the soft edges
  float pupilLevel_, pupilGlow_;
  float lensRadius_ = 0, lensStrength_ = 0;
  float shadow_, shadowWidth_;
  float irisPixelRadius_, pupilPixelRadius_, radiusRatio_;
  float offsetU_, offsetV_;
};

}  // namespace limbus::eyes
