// The open eye: sclera with vessels and caruncle, iris with fibres, collarette, crypts and rim,
// pupil.
#include <algorithm>

#include "shared/elementary.h"
#include "shared/eyes/surface.h"

namespace limbus::eyes {
namespace {

float meanRadius(const Disc& disc) {
  const double area = disc.shape.a * disc.shape.d - disc.shape.b * disc.shape.c;
  return static_cast<float>(squareRoot(area));
}

}  // namespace

EyeSurface::EyeSurface(const EyePreset& preset, const Globe& globe, const Lids& lids,
                       const Light& light, float skinLevel, const Tint& tint, double pxPerMm,
                       Random& random)
    : globe_(globe),
      irisRim_(globe.iris),
      pupilRim_(globe.pupil),
      cloud_(cloudNoise()),
      grain_(grainNoise()),
      light_(light) {
  halfWidth_ = static_cast<float>(0.5 * (lids.temporal.x - lids.nasal.x));
  middleX_ = static_cast<float>(0.5 * (lids.temporal.x + lids.nasal.x));
  light_.slopeX *= 0.6F;
  light_.slopeY *= 0.4F;
  const float white = drawn(random, preset.scleraLevel);
  scleraLevel_ = white * tint.sclera;
  scleraFalloff_ = drawn(random, preset.scleraFalloff);
  vessels_ = drawn(random, preset.vessels) * tint.vessels;
  caruncleX_ = static_cast<float>(lids.nasal.x + draw(random, preset.caruncleDistance));
  caruncleY_ = static_cast<float>(lids.nasal.y + draw(random, preset.caruncleDrop));
  caruncleLevel_ = drawn(random, preset.caruncleLevel) * skinLevel * tint.caruncle;
  caruncleSize_ = drawn(random, preset.caruncleSize);

  pupilLevel_ = drawn(random, preset.pupilLevel);
  float wanted = drawn(random, preset.irisLevel);
  if (!random.chance(preset.paleIris)) wanted = std::min(wanted, 0.9F * white);
  irisLevel_ = std::max(wanted * tint.iris, pupilLevel_ * 1.15F + 0.025F);
  const float little = drawn(random, preset.faintPupilRatio);
  if (random.chance(preset.faintPupil)) irisLevel_ = pupilLevel_ * little + 0.02F;
  if (random.chance(preset.brightPupil)) {
    pupilLevel_ = irisLevel_ * drawn(random, preset.brightPupilRatio);
  }
  pupilGlow_ = drawn(random, preset.pupilGlow);
  fibres_ = drawn(random, preset.irisFibres);
  fibreCount_ = static_cast<float>(drawWhole(random, preset.irisFibreFineness));
  crypts_ = drawn(random, preset.irisCrypts);
  collarette_ = drawn(random, preset.collarette);
  collarettePlace_ = drawn(random, preset.collarettePlace);
  limbalRing_ = drawn(random, preset.limbalRing);
  ringWidth_ = drawn(random, preset.limbalRingWidth);
  const float halfPixel = static_cast<float>(0.5 / pxPerMm);
  const float limbusSoftness = drawn(random, preset.limbusSoftness);
  limbusHalf_ = std::max(halfPixel, 0.5F * limbusSoftness);
  limbusShift_ = drawn(random, preset.limbusOverlap) * limbusSoftness;
  pupilHalf_ = std::max(halfPixel, 0.5F * drawn(random, preset.pupilSoftness));
  if (random.chance(preset.contactLens)) {
    lensRadius_ = drawn(random, preset.contactLensRadius);
    lensStrength_ = drawn(random, preset.contactLensLevel);
  }
  shadow_ = drawn(random, preset.lidShadow);
  shadowWidth_ = drawn(random, preset.lidShadowWidth);
  irisPixelRadius_ = meanRadius(globe.iris);
  pupilPixelRadius_ = meanRadius(globe.pupil);
  radiusRatio_ = irisPixelRadius_ / pupilPixelRadius_;
  offsetU_ = drawn(random, {0, 256});
  offsetV_ = drawn(random, {0, 256});
}

float EyeSurface::sclera(float x, float y) const {
  const float across = (x - middleX_) / halfWidth_;
  const float dx = (x - static_cast<float>(globe_.centre.x)) / static_cast<float>(kGlobeRadius);
  const float dy = (y - static_cast<float>(globe_.centre.y)) / static_cast<float>(kGlobeRadius);
  const float far = std::min(dx * dx + dy * dy, 0.95F);
  float v = scleraLevel_ * (1.0F - scleraFalloff_ * (0.55F * across * across + 0.6F * far));
  v *= 1.0F + 0.025F * cloud_.at(x * 5.0F + offsetU_, y * 5.0F + offsetV_);
  if (vessels_ > 0.01F) {
    // Winding lines: where two slow noises agree. Denser away from the iris.
    const float a = cloud_.at(x * 1.6F + offsetV_, y * 3.6F + offsetU_);
    const float line = 1.0F - 9.0F * (a < 0 ? -a : a);
    const float share = clampUnit(0.15F + across * across * 2.0F);
    if (line > 0.0F) v *= 1.0F - vessels_ * line * share;
    const float b = cloud_.at(x * 3.1F + y * 1.7F + offsetU_, y * 4.3F + offsetV_);
    const float fine = 1.0F - 7.0F * (b < 0 ? -b : b);
    if (fine > 0.0F) v *= 1.0F - 0.6F * vessels_ * fine * share;
  }
  const float cx = (x - caruncleX_) / caruncleSize_;
  const float cy = (y - caruncleY_) / (caruncleSize_ * 0.8F);
  const float share =
      0.85F * clampUnit(1.2F - 0.9F * (cx > 0.0F ? cx * cx : 0.0F) - 0.35F * cy * cy);
  if (share > 0.0F) {
    const float lump = 1.0F + 0.05F * grain_.at(x * 5.0F + offsetU_, y * 5.0F + offsetV_);
    v = mix(v, caruncleLevel_ * lump, share);
  }
  return v;
}

float EyeSurface::iris(float x, float y, float irisRadius, float pupilRadius) const {
  // 0 at the pupil, 1 at the limbus, along the ray through both.
  const float inner = std::max(pupilRadius - 1.0F, 0.0F);
  const float outer = std::max(1.0F - irisRadius, 0.0F) * radiusRatio_;
  const float s = inner / (inner + outer + 1e-6F);
  const float angle = turns(y - static_cast<float>(globe_.iris.centre.y),
                            x - static_cast<float>(globe_.iris.centre.x)) *
                      256.0F;
  const float twist = 3.0F * cloud_.at(angle + offsetU_, s * 20.0F);
  const float fine = cloud_.at(angle * fibreCount_ + offsetU_ + twist, s * 9.0F + offsetV_);
  const float coarse = cloud_.at(angle * 2.0F + offsetV_, s * 26.0F + offsetU_);
  float v = 1.0F + fibres_ * (0.6F * fine + 0.5F * coarse);
  const float pit = coarse - 0.7F;
  if (pit > 0.0F && s > collarettePlace_) v -= crypts_ * std::min(pit, 1.0F);
  const float ridge = collarettePlace_ + 0.03F * coarse;
  v += collarette_ * bell((s - ridge) / 0.22F) + 0.5F * collarette_ * (s < ridge ? 1.0F : 0.0F);
  v -= limbalRing_ * smoothStep(1.0F - ringWidth_ * 1.6F, 1.0F, irisRadius);
  return irisLevel_ * std::max(v, 0.15F);
}

EyeLayers EyeSurface::at(float x, float y, float upper, float lower, float reach) const {
  float light = light_.at(x, y);
  const float below = (y - upper) / shadowWidth_;
  const float above = (lower - y) / (0.6F * shadowWidth_);
  if (below < 1.0F) {
    const float t = 1.0F - std::max(below, 0.0F);
    light *= 1.0F - shadow_ * t * t;
  }
  if (above < 1.0F) {
    const float t = 1.0F - std::max(above, 0.0F);
    light *= 1.0F - 0.35F * shadow_ * t * t;
  }
  EyeLayers eye;
  const float irisRadius = irisRim_.radius(x, y);
  // From the middle of the translucent rim; the iris ends inside of it.
  eye.limbus = (irisRadius - 1.0F) * irisPixelRadius_ - limbusShift_;
  if (eye.limbus > -limbusHalf_ - reach) {
    eye.sclera = light * sclera(x, y);
    if (lensStrength_ != 0.0F) {
      const float far = (irisRadius - lensRadius_) * irisPixelRadius_;
      eye.sclera *= 1.0F + lensStrength_ * bell(far / 0.35F);
    }
  }
  if (eye.limbus < limbusHalf_ + reach) {
    const float pupilRadius = pupilRim_.radius(x, y);
    eye.edge = (pupilRadius - 1.0F) * pupilPixelRadius_;
    eye.pupil = light * pupilLevel_ * (1.0F + pupilGlow_ * (pupilRadius - 0.5F));
    if (eye.edge > -pupilHalf_ - reach) eye.iris = light * iris(x, y, irisRadius, pupilRadius);
  }
  return eye;
}

}  // namespace limbus::eyes
