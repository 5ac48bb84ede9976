// Skin: light, folds at a distance from the margins, mottling, pores, wrinkles, shine, freckles.
#include <algorithm>
#include <cmath>

#include "shared/elementary.h"
#include "shared/eyes/noise.h"
#include "shared/eyes/surface.h"

namespace limbus::eyes {
namespace {

// 1 at 0, half at `reach`, never quite 0.
float fading(float v, float reach) {
  const float t = v / reach;
  return 1.0F / (1.0F + t * t);
}

}  // namespace

Light drawLight(const EyePreset& preset, Random& random) {
  Light light;
  light.middleX = drawn(random, preset.lightMiddleX);
  light.middleY = drawn(random, preset.lightMiddleY);
  light.slopeX = drawn(random, preset.lightX);
  light.slopeY = drawn(random, preset.lightY);
  light.falloff = drawn(random, preset.lightFalloff);
  return light;
}

Skin::Skin(const EyePreset& preset, const Lids& lids, const Light& light, const Tint& tint,
           Random& random)
    : cloud_(cloudNoise()), grain_(grainNoise()) {
  level = drawn(random, preset.skinLevel) * tint.skin;
  mottle_ = drawn(random, preset.skinMottle);
  mottleScale_ = drawn(random, preset.mottleScale);
  pores_ = drawn(random, preset.skinPores);
  poreScale_ = drawn(random, preset.poreScale);
  wrinkles_ = drawn(random, preset.wrinkles);
  shine_ = drawn(random, preset.skinShine);
  shineX_ = drawn(random, preset.shineX);
  shineY_ =
      drawn(random, random.chance(preset.cheekShine) ? preset.cheekShineY : preset.browShineY);
  shineReach_ = drawn(random, preset.shineReach);
  offsetU_ = drawn(random, {0, 256});
  offsetV_ = drawn(random, {0, 256});
  drawUpperProfile(preset, lids, random);
  drawLowerProfile(preset, random);
  drawField(preset, lids, light, random);
  drawFreckles(preset, random);
}

// The profiles start kMarginInTable before the lashes' roots: there lies the lid's margin.
void Skin::drawUpperProfile(const EyePreset& preset, const Lids& lids, Random& random) {
  const float margin = drawn(random, preset.lidMargin);
  const float marginSoftness = drawn(random, preset.lidMarginSoftness);
  const float lashShade = drawn(random, preset.lashShade);
  const float lashReach = drawn(random, preset.lashShadeReach);
  float depth = drawn(random, preset.creaseDepth);
  const float width = drawn(random, preset.creaseWidth);
  const float second = drawn(random, preset.secondCrease);
  const float further = drawn(random, preset.secondCreaseDistance);
  float plate = drawn(random, preset.lidPlate);
  const float fold = drawn(random, preset.lidFold);
  const bool lined = random.chance(preset.eyeliner);
  const float liner = lined ? drawn(random, preset.eyelinerLevel) : 0.0F;
  const float linerWidth = drawn(random, preset.eyelinerWidth);
  float crease = static_cast<float>(lids.creaseDistance);
  if (random.chance(preset.monolid)) crease = depth = plate = 0;
  for (int i = 0; i <= kProfileSize; ++i) {
    const float d = static_cast<float>(i) * kProfileStep - kMarginInTable;
    float v = margin * bell(std::max(d, 0.0F) / marginSoftness) - lashShade * fading(d, lashReach);
    v -= liner * smoothStep(-0.2F, 0.1F, d) * (1.0F - smoothStep(0.6F, 1.2F, d / linerWidth));
    v -= depth * fading(d - crease, d > crease ? width * 2.2F : width);
    v -= depth * second * fading(d - crease - further, width);
    if (plate != 0.0F) v += plate * bell((d - crease * 0.5F) / (crease * 0.55F));
    v += fold * bell((d - crease - 3.5F) / 3.2F);
    upper_[i] = v;
  }
}

void Skin::drawLowerProfile(const EyePreset& preset, Random& random) {
  const float rim = drawn(random, preset.wetRim);
  const float rimSoftness = drawn(random, preset.wetRimSoftness);
  const float under = drawn(random, preset.lowerLashShade);
  const float roll = drawn(random, preset.lowerRoll);
  const float crease = drawn(random, preset.lowerCrease);
  const float creaseAt = drawn(random, preset.lowerCreaseDistance);
  const float creaseWidth = drawn(random, preset.lowerCreaseWidth);
  const float second = drawn(random, preset.lowerSecondCrease) * crease;
  const float glow = drawn(random, preset.cheekGlow);
  for (int i = 0; i <= kProfileSize; ++i) {
    const float d = static_cast<float>(i) * kProfileStep - kMarginInTable;
    float v = rim * bell(std::max(d, 0.0F) / rimSoftness) - under * bell((d - 0.5F) / 1.3F);
    v += roll * bell((d - 2.7F) / 2.8F);
    v -= crease * fading(d - creaseAt, creaseWidth);
    v -= second * fading(d - creaseAt * 0.55F, creaseWidth * 0.6F);
    v += glow * smoothStep(1.0F, 14.0F, d);
    lower_[i] = v;
  }
}

// Level, light, the hollow between eye and nose, the one under the brow, and one anywhere.
void Skin::drawField(const EyePreset& preset, const Lids& lids, const Light& light,
                     Random& random) {
  const float socket = drawn(random, preset.socketShadow);
  std::array<Spot, 4> hollows;
  hollows[0] = {static_cast<float>(lids.nasal.x) - drawn(random, preset.socketAside),
                static_cast<float>(lids.nasal.y) - drawn(random, preset.socketHeight),
                drawn(random, preset.socketReach), -socket};
  hollows[1] = {drawn(random, preset.browHollowX), -drawn(random, preset.browHollowHeight),
                drawn(random, preset.browHollowReach), -socket * drawn(random, preset.browHollow)};
  hollows[2] = {drawn(random, preset.patchX), drawn(random, preset.patchY),
                drawn(random, preset.patchReach), drawn(random, preset.patch)};
  hollows[3] = {drawn(random, preset.browGlowX), -drawn(random, preset.browGlowHeight),
                drawn(random, preset.browGlowReach), drawn(random, preset.browGlow)};
  field_.resize(static_cast<std::size_t>(kField) * kField);
  for (int j = 0; j < kField; ++j) {
    for (int i = 0; i < kField; ++i) {
      const float x = static_cast<float>(i - kReach);
      const float y = static_cast<float>(j - kReach);
      float v = 1.0F;
      for (const Spot& hollow : hollows) {
        const float hx = (x - hollow.x) / hollow.radius;
        const float hy = (y - hollow.y) / hollow.radius;
        const float rest = 1.0F - (hx * hx + hy * hy);
        if (rest > 0.0F) v += hollow.strength * rest * rest;
      }
      field_[static_cast<std::size_t>(j) * kField + i] =
          std::max(v, 0.22F) * level * light.at(x, y);
    }
  }
}

void Skin::drawFreckles(const EyePreset& preset, Random& random) {
  const int count = static_cast<int>(draw(random, preset.freckles));
  for (int i = 0; i < count; ++i) {
    freckles_.push_back({drawn(random, preset.freckleX), drawn(random, preset.freckleY),
                         drawn(random, preset.freckleRadius), drawn(random, preset.freckleLevel)});
  }
}

float Skin::slow(float x, float y) const {
  const float u = std::min(std::max(x + kReach, 0.0F), 2.0F * kReach - 0.01F);
  const float v = std::min(std::max(y + kReach, 0.0F), 2.0F * kReach - 0.01F);
  const int i = static_cast<int>(u);
  const int j = static_cast<int>(v);
  const float* p = &field_[static_cast<std::size_t>(j) * kField + i];
  const float fu = u - static_cast<float>(i);
  const float top = mix(p[0], p[1], fu);
  const float bottom = mix(p[kField], p[kField + 1], fu);
  return mix(top, bottom, v - static_cast<float>(j));
}

// What follows the lids: folds at a distance from the margins, and wrinkles along them.
float Skin::folds(float x, float y, const LidRow& row, float upper, float lower) const {
  const bool above = y < 0.5F * (upper + lower);
  const float slopeCos = above ? row.softUpperCos : row.softLowerCos;
  float d = std::max((above ? upper - y : y - lower) * slopeCos, 0.0F);
  const float soft = (above ? row.softUpper - y : y - row.softLower) * slopeCos;
  d = mix(d, std::max(soft, 0.0F), clampUnit(d * 0.35F));
  // From the lashes' roots on; the crease comes nearer towards the canthi.
  float along = d - (above ? row.upperRoots : row.lowerRoots) * slopeCos;
  if (above && along > 0.0F) along *= row.perCrease;
  const float place =
      std::clamp((along + kMarginInTable) * (1.0F / kProfileStep), 0.0F, kProfileSize - 0.01F);
  const int i = static_cast<int>(place);
  const float* profile = above ? upper_.data() : lower_.data();
  const float reach = mix(row.margin, row.inside, clampUnit(d * 0.4F));
  float v = reach * mix(profile[i], profile[i + 1], place - static_cast<float>(i));
  if (wrinkles_ > 0.01F && d < 16.0F) {
    const float side = above ? 90.0F : 0.0F;
    const float crinkle = cloud_.at(x * 0.9F + offsetU_ + side, d * 7.0F + x * 0.7F);
    v += wrinkles_ * row.inside * crinkle * clampUnit(d * 0.5F) * clampUnit(4.0F - 0.25F * d);
  }
  return v;
}

SkinLayers Skin::at(float x, float y, const LidRow& row, float upper, float lower) const {
  float v = 1.0F;
  if (row.inside > 0.0F) v += folds(x, y, row, upper, lower);
  v += mottle_ * cloud_.at(x * mottleScale_ + offsetV_, y * mottleScale_ + offsetU_);
  const float sx = (x - shineX_) / shineReach_;
  const float sy = (y - shineY_) / shineReach_;
  const float shine = 0.3F * shine_ / (1.0F + sx * sx + 2.0F * sy * sy);
  const float light = slow(x, y);
  return {std::max(v + shine, 0.06F) * light, pores_ * light, shine * light};
}

void Skin::grainAlong(Vec2 from, Vec2 step, std::vector<float>& values) const {
  grain_.along({from.x * poreScale_ + offsetU_, from.y * poreScale_ + offsetV_},
               {step.x * poreScale_, step.y * poreScale_}, values);
}

void Skin::paintFreckles(const Lids& lids, const View& view, Canvas& canvas) const {
  for (const Spot& spot : freckles_) {
    float upper = 0;
    float lower = 0;
    lids.margins(spot.x, upper, lower);
    if (spot.y > upper - spot.radius && spot.y < lower + spot.radius) continue;
    const Vec2 at = view.toPixel({spot.x, spot.y});
    const double radius = std::max(1.0, spot.radius * view.pxPerMm);
    const int left = std::max(0, static_cast<int>(at.x - radius));
    const int right = std::min(canvas.width - 1, static_cast<int>(at.x + radius + 1));
    const int top = std::max(0, static_cast<int>(at.y - radius));
    const int bottom = std::min(canvas.height - 1, static_cast<int>(at.y + radius + 1));
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        const float dx = static_cast<float>((x - at.x) / radius);
        const float dy = static_cast<float>((y - at.y) / radius);
        canvas.row(y)[x] *= 1.0F - spot.strength * bell(std::sqrt(dx * dx + dy * dy));
      }
    }
  }
}

}  // namespace limbus::eyes
