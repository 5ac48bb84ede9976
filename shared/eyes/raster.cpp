#include "shared/eyes/raster.h"

#include <algorithm>

namespace limbus::eyes {
namespace {

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

// The skin at every pixel or, where its finest pores are several pixels wide, at every second to
// fourth one and linear between.
class SkinField {
 public:
  SkinField(const Skin& skin, const Lids& lids, const View& view)
      : step_(std::clamp(static_cast<int>(view.pxPerMm / kPerMm), 1, 4)),
        width_((view.width - 1) / step_ + 2),
        values_(static_cast<std::size_t>(width_) * ((view.height - 1) / step_ + 2)),
        between_(static_cast<std::size_t>(width_)) {
    const float stepX = static_cast<float>(view.xx) * static_cast<float>(step_);
    const float stepY = static_cast<float>(view.yx) * static_cast<float>(step_);
    float* value = values_.data();
    for (int j = 0; value != values_.data() + values_.size(); ++j) {
      const Vec2 start = view.toEye(0, j * step_);
      for (int i = 0; i < width_; ++i) {
        const float ex = static_cast<float>(start.x) + stepX * static_cast<float>(i);
        const float ey = static_cast<float>(start.y) + stepY * static_cast<float>(i);
        float upper = 0;
        float lower = 0;
        const LidRow& lid = lids.margins(ex, upper, lower);
        *value++ = skin.at(ex, ey, lid, upper, lower);
      }
    }
  }

  void fillRow(int y, int count, float* row) {
    const float* above = values_.data() + static_cast<std::size_t>(y / step_) * width_;
    if (step_ == 1) {
      std::copy(above, above + count, row);
      return;
    }
    const float share = 1.0F / static_cast<float>(step_);
    const float down = static_cast<float>(y % step_) * share;
    for (int i = 0; i < width_; ++i) between_[i] = mix(above[i], above[i + width_], down);
    for (int i = 0, x = 0; x < count; ++i) {
      const float rise = (between_[i + 1] - between_[i]) * share;
      for (int k = 0; k < step_ && x < count; ++k, ++x) {
        row[x] = between_[i] + rise * static_cast<float>(k);
      }
    }
  }

 private:
  static constexpr double kPerMm = 4;  // at least so many values
  int step_;
  int width_;
  std::vector<float> values_;
  std::vector<float> between_;  // one row, between two of them
};

}  // namespace

void shade(const Skin& skin, const EyeSurface& surface, const Lids& lids, const View& view,
           Canvas& canvas) {
  const float pxPerMm = static_cast<float>(view.pxPerMm);
  const float stepX = static_cast<float>(view.xx);
  const float stepY = static_cast<float>(view.yx);
  SkinField field(skin, lids, view);
  const PixelBox box = boxOfOpening(lids, view);
  for (int y = 0; y < canvas.height; ++y) {
    float* row = canvas.row(y);
    field.fillRow(y, canvas.width, row);
    if (y < box.top || y > box.bottom) continue;
    const Vec2 start = view.toEye(0, y);
    for (int x = box.left; x <= box.right; ++x) {
      const float ex = static_cast<float>(start.x) + stepX * static_cast<float>(x);
      const float ey = static_cast<float>(start.y) + stepY * static_cast<float>(x);
      float upper = 0;
      float lower = 0;
      const LidRow& lid = lids.margins(ex, upper, lower);
      const float depth = std::min((ey - upper) * lid.upperCos, (lower - ey) * lid.lowerCos);
      // A slit thinner than a pixel covers as much of it as it is high; beyond the canthi nothing.
      const float cover = std::min(clampUnit(depth * pxPerMm + 0.5F), (lower - upper) * pxPerMm);
      if (cover > 0.0F) row[x] = mix(row[x], surface.at(ex, ey, upper, lower, pxPerMm), cover);
    }
  }
}

Mask classify(const Globe& globe, const Lids& lids, const Glasses& glasses, const Lens& lens,
              const View& view) {
  Mask mask(view.width, view.height, 1);
  const Rim iris(globe.iris);
  const Rim pupil(globe.pupil);
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
      row[x] = !iris.holds(ex, ey) ? 1 : (pupil.holds(ex, ey) ? 3 : 2);
    }
  }
  return mask;
}

}  // namespace limbus::eyes
