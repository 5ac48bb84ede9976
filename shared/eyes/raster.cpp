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

// One plane of values at every `step`-th pixel, linear between.
class Lattice {
 public:
  Lattice(int step, const View& view)
      : step_(step),
        width_((view.width - 1) / step + 2),
        height_((view.height - 1) / step + 2),
        nodes_(static_cast<std::size_t>(width_) * height_),
        between_(static_cast<std::size_t>(width_)) {}

  int width() const { return width_; }
  int height() const { return height_; }
  float* row(int j) { return nodes_.data() + static_cast<std::size_t>(j) * width_; }

  // How long a row to expand into must be, at least the pixels' own.
  std::size_t rowSize() const { return static_cast<std::size_t>(width_) * step_; }

  void expand(int y, std::vector<float>& pixels) {
    const float* above = row(y / step_);
    if (step_ == 1) {
      std::copy(above, above + width_, pixels.begin());
      return;
    }
    const float down = static_cast<float>(y % step_) / static_cast<float>(step_);
    for (int i = 0; i < width_; ++i) between_[i] = mix(above[i], above[i + width_], down);
    if (step_ == 2) spread<2>(pixels.data());
    if (step_ == 3) spread<3>(pixels.data());
    if (step_ == 4) spread<4>(pixels.data());
  }

 private:
  template <int kStep>  // constant, for the inner loop to unroll
  void spread(float* pixels) const {
    for (int i = 0; i + 1 < width_; ++i) {
      const float rise = (between_[i + 1] - between_[i]) * (1.0F / kStep);
      for (int k = 0; k < kStep; ++k) {
        pixels[i * kStep + k] = between_[i] + rise * static_cast<float>(k);
      }
    }
  }

  int step_;
  int width_, height_;
  std::vector<float> nodes_;
  std::vector<float> between_;  // one row, between two of them
};

// The skin without its grain at every pixel or, where it is shown large, at every second to fourth
// one; the grain at every pixel.
class SkinField {
 public:
  SkinField(const Skin& skin, const Lids& lids, const View& view)
      : skin_(skin), view_(view), step_(std::clamp(static_cast<int>(view.pxPerMm / kPerMm), 1, 4)) {
    const float stepX = static_cast<float>(view.xx) * static_cast<float>(step_);
    const float stepY = static_cast<float>(view.yx) * static_cast<float>(step_);
    for (int j = 0; j < smooth_.height(); ++j) {
      const Vec2 start = view.toEye(0, j * step_);
      for (int i = 0; i < smooth_.width(); ++i) {
        const float ex = static_cast<float>(start.x) + stepX * static_cast<float>(i);
        const float ey = static_cast<float>(start.y) + stepY * static_cast<float>(i);
        float upper = 0;
        float lower = 0;
        const LidRow& lid = lids.margins(ex, upper, lower);
        const SkinLayers layers = skin.at(ex, ey, lid, upper, lower);
        smooth_.row(j)[i] = layers.smooth;
        pores_.row(j)[i] = layers.pores;
        sparkle_.row(j)[i] = layers.sparkle;
      }
    }
  }

  void fillRow(int y, float* row) {
    smooth_.expand(y, smoothRow_);
    pores_.expand(y, poresRow_);
    sparkle_.expand(y, sparkleRow_);
    const Vec2 start = view_.toEye(0, y);
    skin_.grainAlong(start, {view_.xx, view_.yx}, grainRow_);
    for (int x = 0; x < view_.width; ++x) {
      const float bright = std::max(grainRow_[x] - 0.9F, 0.0F);
      row[x] = smoothRow_[x] + poresRow_[x] * grainRow_[x] + sparkleRow_[x] * bright;
    }
  }

 private:
  static constexpr double kPerMm = 4;  // at least so many values

  const Skin& skin_;
  const View& view_;
  int step_;
  Lattice smooth_{step_, view_}, pores_{step_, view_}, sparkle_{step_, view_};
  std::vector<float> smoothRow_ = std::vector<float>(smooth_.rowSize());
  std::vector<float> poresRow_ = smoothRow_, sparkleRow_ = smoothRow_, grainRow_ = smoothRow_;
};

// The open eye likewise, at every second to fourth pixel where it is shown large. Its edges are
// distances, linear between as well, and cut every pixel.
class EyeField {
 public:
  EyeField(const EyeSurface& surface, const Lids& lids, const View& view)
      : surface_(surface),
        box_(boxOfOpening(lids, view)),
        step_(std::clamp(static_cast<int>(view.pxPerMm / kPerMm), 1, 4)),
        width_((box_.right - box_.left) / step_ + 2) {
    if (box_.right < box_.left || box_.bottom < box_.top) return;
    nodes_.resize(static_cast<std::size_t>(width_) * ((box_.bottom - box_.top) / step_ + 2));
    between_.resize(static_cast<std::size_t>(width_));
    const float pxPerMm = static_cast<float>(view.pxPerMm);
    const float slack = 1.5F * static_cast<float>(step_);  // pixels to the furthest one it tells of
    const float stepX = static_cast<float>(view.xx) * static_cast<float>(step_);
    const float stepY = static_cast<float>(view.yx) * static_cast<float>(step_);
    Node* node = nodes_.data();
    for (int j = 0; node != nodes_.data() + nodes_.size(); ++j) {
      const Vec2 start = view.toEye(box_.left, box_.top + j * step_);
      for (int i = 0; i < width_; ++i, ++node) {
        const float ex = static_cast<float>(start.x) + stepX * static_cast<float>(i);
        const float ey = static_cast<float>(start.y) + stepY * static_cast<float>(i);
        float upper = 0;
        float lower = 0;
        const LidRow& lid = lids.margins(ex, upper, lower);
        node->below = (ey - upper) * lid.upperCos * pxPerMm;
        node->above = (lower - ey) * lid.lowerCos * pxPerMm;
        node->gap = (lower - upper) * pxPerMm;
        if (std::min(node->below, node->above) < -0.5F - 2.0F * slack) continue;
        node->eye = surface.at(ex, ey, upper, lower, slack / pxPerMm);
      }
    }
  }

  // Lays the eye over the row's skin.
  void coverRow(int y, float* row) {
    if (y < box_.top || y > box_.bottom || nodes_.empty()) return;
    const Node* upper = nodes_.data() + static_cast<std::size_t>((y - box_.top) / step_) * width_;
    const float share = 1.0F / static_cast<float>(step_);
    const float down = static_cast<float>((y - box_.top) % step_) * share;
    for (int i = 0; i < width_; ++i) {
      between_[i] = step_ == 1 ? upper[i] : mixed(upper[i], upper[i + width_], down);
    }
    for (int i = 0, x = box_.left; x <= box_.right; ++i, x += step_) {
      const Node& a = between_[i];
      const Node& b = between_[i + 1];
      if (hidden(a) && hidden(b)) continue;
      const int count = std::min(step_, box_.right - x + 1);
      const float EyeLayers::*layer = open(a) && open(b) ? onlyLayer(a.eye, b.eye) : nullptr;
      for (int k = 0; k < count; ++k) {
        const float right = static_cast<float>(k) * share;
        row[x + k] = layer != nullptr ? mix(a.eye.*layer, b.eye.*layer, right)
                                      : covered(row[x + k], mixed(a, b, right));
      }
    }
  }

 private:
  static constexpr double kPerMm = 6;  // at least so many values

  struct Node {
    EyeLayers eye;
    float below = 0, above = 0;  // pixels inside the upper and the lower margin
    float gap = 0;               // pixels between them
  };

  static Node mixed(const Node& a, const Node& b, float share) {
    return {{mix(a.eye.sclera, b.eye.sclera, share), mix(a.eye.iris, b.eye.iris, share),
             mix(a.eye.pupil, b.eye.pupil, share), mix(a.eye.limbus, b.eye.limbus, share),
             mix(a.eye.edge, b.eye.edge, share)},
            mix(a.below, b.below, share),
            mix(a.above, b.above, share),
            mix(a.gap, b.gap, share)};
  }

  static bool open(const Node& node) {
    return node.below >= 0.5F && node.above >= 0.5F && node.gap >= 1.0F;
  }
  static bool hidden(const Node& node) { return node.below <= -0.5F || node.above <= -0.5F; }

  // The one that alone is seen from a to b.
  const float EyeLayers::*onlyLayer(const EyeLayers& a, const EyeLayers& b) const {
    if (surface_.onlySclera(a) && surface_.onlySclera(b)) return &EyeLayers::sclera;
    if (surface_.onlyIris(a) && surface_.onlyIris(b)) return &EyeLayers::iris;
    if (surface_.onlyPupil(a) && surface_.onlyPupil(b)) return &EyeLayers::pupil;
    return nullptr;
  }

  float covered(float skin, const Node& node) const {
    // A slit thinner than a pixel covers as much of it as it is high; beyond the canthi nothing.
    const float cover = std::min(clampUnit(std::min(node.below, node.above) + 0.5F), node.gap);
    return cover > 0.0F ? mix(skin, surface_.blend(node.eye), cover) : skin;
  }

  const EyeSurface& surface_;
  PixelBox box_;
  int step_;
  int width_;
  std::vector<Node> nodes_;
  std::vector<Node> between_;  // one row, between two of them
};

}  // namespace

void shade(const Skin& skin, const EyeSurface& surface, const Lids& lids, const View& view,
           Canvas& canvas) {
  SkinField around(skin, lids, view);
  EyeField opening(surface, lids, view);
  for (int y = 0; y < canvas.height; ++y) {
    around.fillRow(y, canvas.row(y));
    opening.coverRow(y, canvas.row(y));
  }
}

Mask classify(const Globe& globe, const Lids& lids, const Glasses& glasses, const Lens& lens,
              const View& view) {
  Mask mask(view.width, view.height, 1);
  const Rim iris(globe.iris);
  const Rim pupil(globe.pupil);
  const PixelBox box = boxOfOpening(lids, view);
  const float nasal = static_cast<float>(lids.nasal.x);
  const float temporal = static_cast<float>(lids.temporal.x);
  const float stepX = static_cast<float>(view.xx);
  const float stepY = static_cast<float>(view.yx);
  for (int y = box.top; y <= box.bottom; ++y) {
    std::uint8_t* row = mask.row(y);
    const Vec2 start = view.toEye(0, y);
    const float v = static_cast<float>(2 * y + 1) / static_cast<float>(view.height) - 1.0F;
    for (int x = box.left; x <= box.right; ++x) {
      const float ex = static_cast<float>(start.x) + stepX * static_cast<float>(x);
      const float ey = static_cast<float>(start.y) + stepY * static_cast<float>(x);
      if (ex <= nasal || ex >= temporal) continue;
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
