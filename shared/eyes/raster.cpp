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

// Where something smooth is worked out: at every pixel of a box or, where the eye is shown large,
// at every second to fourth one, at least `perMm` to the millimetre.
struct NodeGrid {
  PixelBox box;
  int step, columns, rows;

  NodeGrid(const PixelBox& box_, double perMm, const View& view)
      : box(box_),
        step(std::clamp(static_cast<int>(view.pxPerMm / perMm), 1, 4)),
        columns(std::max(0, (box.right - box.left) / step + 2)),  // the box may lie out of view
        rows(std::max(0, (box.bottom - box.top) / step + 2)) {}

  // Calls one(column, row, place, nearest lid row, y of the upper and of the lower margin) for
  // each.
  template <class Function>
  void each(const View& view, const Lids& lids, Function one) const {
    const float stepX = static_cast<float>(view.xx) * static_cast<float>(step);
    const float stepY = static_cast<float>(view.yx) * static_cast<float>(step);
    for (int j = 0; j < rows; ++j) {
      const Vec2 start = view.toEye(box.left, box.top + j * step);
      for (int i = 0; i < columns; ++i) {
        const float ex = static_cast<float>(start.x) + stepX * static_cast<float>(i);
        const float ey = static_cast<float>(start.y) + stepY * static_cast<float>(i);
        float upper = 0;
        float lower = 0;
        const LidRow& lid = lids.margins(ex, upper, lower);
        one(i, j, ex, ey, lid, upper, lower);
      }
    }
  }
};

// Values at a grid's nodes, linear between; mix(a, b, share) must be known for them.
template <class Value>
class Lattice {
 public:
  explicit Lattice(const NodeGrid& grid)
      : grid_(grid),
        nodes_(static_cast<std::size_t>(grid.columns) * grid.rows),
        between_(static_cast<std::size_t>(grid.columns)) {}

  Value& node(int i, int j) { return nodes_[static_cast<std::size_t>(j) * grid_.columns + i]; }

  // The nodes' columns in pixel row y; until the next call.
  const Value* columnsAt(int y) {
    const Value* above = &node(0, (y - grid_.box.top) / grid_.step);
    const int beyond = (y - grid_.box.top) % grid_.step;
    if (beyond == 0) return above;
    const float down = static_cast<float>(beyond) / static_cast<float>(grid_.step);
    for (int i = 0; i < grid_.columns; ++i) {
      between_[i] = mix(above[i], above[i + grid_.columns], down);
    }
    return between_.data();
  }

 private:
  const NodeGrid& grid_;
  std::vector<Value> nodes_;
  std::vector<Value> between_;
};

template <int kStep>  // constant, for the inner loop to unroll
void spread(const float* nodes, int columns, float* pixels) {
  for (int i = 0; i + 1 < columns; ++i) {
    const float rise = (nodes[i + 1] - nodes[i]) * (1.0F / kStep);
    for (int k = 0; k < kStep; ++k) pixels[i * kStep + k] = nodes[i] + rise * static_cast<float>(k);
  }
}

// From a row of nodes to one of pixels, with room for all that lie between the nodes.
void spread(const float* nodes, const NodeGrid& grid, float* pixels) {
  if (grid.step == 1) std::copy(nodes, nodes + grid.columns, pixels);
  if (grid.step == 2) spread<2>(nodes, grid.columns, pixels);
  if (grid.step == 3) spread<3>(nodes, grid.columns, pixels);
  if (grid.step == 4) spread<4>(nodes, grid.columns, pixels);
}

// The skin, its grain at every pixel.
class SkinField {
 public:
  SkinField(const Skin& skin, const Lids& lids, const View& view)
      : skin_(skin), view_(view), grid_({0, 0, view.width - 1, view.height - 1}, kPerMm, view) {
    grid_.each(view, lids,
               [&](int i, int j, float x, float y, const LidRow& lid, float upper, float lower) {
                 const SkinLayers layers = skin.at(x, y, lid, upper, lower);
                 smooth_.node(i, j) = layers.smooth;
                 pores_.node(i, j) = layers.pores;
                 sparkle_.node(i, j) = layers.sparkle;
               });
  }

  void fillRow(int y, float* row) {
    spread(smooth_.columnsAt(y), grid_, smoothRow_.data());
    spread(pores_.columnsAt(y), grid_, poresRow_.data());
    spread(sparkle_.columnsAt(y), grid_, sparkleRow_.data());
    skin_.grainAlong(view_.toEye(0, y), {view_.xx, view_.yx}, grainRow_);
    for (int x = 0; x < view_.width; ++x) {
      const float bright = std::max(grainRow_[x] - 0.9F, 0.0F);
      row[x] = smoothRow_[x] + poresRow_[x] * grainRow_[x] + sparkleRow_[x] * bright;
    }
  }

 private:
  static constexpr double kPerMm = 4;

  const Skin& skin_;
  const View& view_;
  NodeGrid grid_;
  Lattice<float> smooth_{grid_}, pores_{grid_}, sparkle_{grid_};
  std::vector<float> smoothRow_ =
      std::vector<float>(static_cast<std::size_t>(grid_.columns) * grid_.step);
  std::vector<float> poresRow_ = smoothRow_, sparkleRow_ = smoothRow_;
  std::vector<float> grainRow_ = std::vector<float>(static_cast<std::size_t>(view_.width));
};

// The open eye at one point.
struct EyeNode {
  EyeLayers eye;
  float below = 0, above = 0;  // pixels inside the upper and the lower margin
  float gap = 0;               // pixels between them
};

using eyes::mix;

EyeNode mix(const EyeNode& a, const EyeNode& b, float share) {
  return {{mix(a.eye.sclera, b.eye.sclera, share), mix(a.eye.iris, b.eye.iris, share),
           mix(a.eye.pupil, b.eye.pupil, share), mix(a.eye.limbus, b.eye.limbus, share),
           mix(a.eye.edge, b.eye.edge, share)},
          mix(a.below, b.below, share),
          mix(a.above, b.above, share),
          mix(a.gap, b.gap, share)};
}

// The open eye. Its edges are distances, linear between the nodes as well, and cut every pixel.
class EyeField {
 public:
  EyeField(const EyeSurface& surface, const Lids& lids, const View& view)
      : surface_(surface), grid_(boxOfOpening(lids, view), kPerMm, view) {
    const float pxPerMm = static_cast<float>(view.pxPerMm);
    const float slack = 1.5F * static_cast<float>(grid_.step);  // pixels that a node tells of
    grid_.each(view, lids,
               [&](int i, int j, float x, float y, const LidRow& lid, float upper, float lower) {
                 EyeNode& node = nodes_.node(i, j);
                 node.below = (y - upper) * lid.upperCos * pxPerMm;
                 node.above = (lower - y) * lid.lowerCos * pxPerMm;
                 node.gap = (lower - upper) * pxPerMm;
                 if (std::min(node.below, node.above) < -0.5F - 2.0F * slack) return;
                 node.eye = surface.at(x, y, upper, lower, slack / pxPerMm);
               });
  }

  // Lays the eye over the row's skin.
  void coverRow(int y, float* row) {
    const PixelBox& box = grid_.box;
    if (y < box.top || y > box.bottom || box.left > box.right) return;
    const EyeNode* columns = nodes_.columnsAt(y);
    const float share = 1.0F / static_cast<float>(grid_.step);
    for (int i = 0, x = box.left; x <= box.right; ++i, x += grid_.step) {
      const EyeNode& a = columns[i];
      const EyeNode& b = columns[i + 1];
      if (hidden(a) && hidden(b)) continue;
      const int count = std::min(grid_.step, box.right - x + 1);
      const float EyeLayers::*layer = open(a) && open(b) ? onlyLayer(a.eye, b.eye) : nullptr;
      for (int k = 0; k < count; ++k) {
        const float right = static_cast<float>(k) * share;
        row[x + k] = layer != nullptr ? mix(a.eye.*layer, b.eye.*layer, right)
                                      : covered(row[x + k], mix(a, b, right));
      }
    }
  }

 private:
  static constexpr double kPerMm = 6;

  static bool open(const EyeNode& node) {
    return node.below >= 0.5F && node.above >= 0.5F && node.gap >= 1.0F;
  }
  static bool hidden(const EyeNode& node) { return node.below <= -0.5F || node.above <= -0.5F; }

  // The one that alone is seen from a to b.
  const float EyeLayers::*onlyLayer(const EyeLayers& a, const EyeLayers& b) const {
    if (surface_.onlySclera(a) && surface_.onlySclera(b)) return &EyeLayers::sclera;
    if (surface_.onlyIris(a) && surface_.onlyIris(b)) return &EyeLayers::iris;
    if (surface_.onlyPupil(a) && surface_.onlyPupil(b)) return &EyeLayers::pupil;
    return nullptr;
  }

  float covered(float skin, const EyeNode& node) const {
    // A slit thinner than a pixel covers as much of it as it is high; beyond the canthi nothing.
    const float cover = std::min(clampUnit(std::min(node.below, node.above) + 0.5F), node.gap);
    return cover > 0.0F ? mix(skin, surface_.blend(node.eye), cover) : skin;
  }

  const EyeSurface& surface_;
  NodeGrid grid_;
  Lattice<EyeNode> nodes_{grid_};
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
