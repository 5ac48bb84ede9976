#include "shared/eyes/hair.h"

#include <algorithm>
#include <cmath>

#include "shared/elementary.h"

namespace limbus::eyes {
namespace {

struct Stroke {
  Vec2 root, middle, tip;  // a quadratic curve, millimetres
  double width = 0.1;      // at the root, mm
  float level = 0.1F;
  float opacity = 1;
};

struct Span {
  float from, to;
};

// What of a row `down` below a segment's start can lie within `reach` of it, from its start on;
// (ux, uy) is its direction.
Span spanOf(float ux, float uy, float down, float length, float reach) {
  Span span{-1e4F, 1e4F};
  // low <= slope * x + offset <= high
  const auto keep = [&](float slope, float offset, float low, float high) {
    if (std::fabs(slope) < 1e-3F) return;
    const float one = (low - offset) / slope;
    const float other = (high - offset) / slope;
    span.from = std::max(span.from, std::min(one, other));
    span.to = std::min(span.to, std::max(one, other));
  };
  keep(ux, down * uy, 0.0F, length);
  keep(uy, -down * ux, -reach, reach);
  return span;
}

// Blends the part of the row pixels that a segment from a to b covers; half-open, so joints count
// once.
void paintSegment(Vec2 a, Vec2 b, double widthA, double widthB, float level, float opacity,
                  Canvas& canvas) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double square = dx * dx + dy * dy;
  if (square < 1e-6) return;
  const double reach = 0.5 * std::max(widthA, widthB) + 1.0;
  const double left = std::max(0.0, std::min(a.x, b.x) - reach);
  const double right = std::min(canvas.width - 1.0, std::max(a.x, b.x) + reach);
  const double top = std::max(0.0, std::min(a.y, b.y) - reach);
  const double bottom = std::min(canvas.height - 1.0, std::max(a.y, b.y) + reach);
  if (left > right || top > bottom) return;
  const float length = static_cast<float>(squareRoot(square));
  const float ux = static_cast<float>(dx) / length;
  const float uy = static_cast<float>(dy) / length;
  const float ax = static_cast<float>(a.x);
  const float ay = static_cast<float>(a.y);
  const float taper = static_cast<float>(widthB - widthA) / length;
  const float outside = static_cast<float>(reach);
  for (int y = static_cast<int>(top); y <= static_cast<int>(bottom); ++y) {
    float* row = canvas.row(y);
    const Span span = spanOf(ux, uy, static_cast<float>(y) - ay, length, outside);
    const int first = static_cast<int>(std::max(left, a.x + span.from));
    const int last = static_cast<int>(std::min(right, a.x + span.to));
    for (int x = first; x <= last; ++x) {
      const float px = static_cast<float>(x) - ax;
      const float py = static_cast<float>(y) - ay;
      const float along = px * ux + py * uy;
      if (along < 0.0F || along >= length) continue;
      const float across = px * uy - py * ux;
      const float width = static_cast<float>(widthA) + taper * along;
      const float seen = std::max(width, 1.0F);  // thinner than a pixel: fainter instead
      const float cover = 0.5F * seen + 0.5F - (across < 0 ? -across : across);
      if (cover <= 0.0F) continue;
      const float share = std::min(cover, 1.0F) * opacity * (width / seen);
      row[x] += (level - row[x]) * share;
    }
  }
}

void paintStroke(const Stroke& stroke, const View& view, Canvas& canvas) {
  const Vec2 p0 = view.toPixel(stroke.root);
  const Vec2 p1 = view.toPixel(stroke.middle);
  const Vec2 p2 = view.toPixel(stroke.tip);
  const double length = std::fabs(p1.x - p0.x) + std::fabs(p1.y - p0.y) + std::fabs(p2.x - p1.x) +
                        std::fabs(p2.y - p1.y);
  const int pieces = std::clamp(static_cast<int>(length / 5.0), 2, 12);
  const double width = stroke.width * view.pxPerMm;
  Vec2 last = p0;
  double lastWidth = width;
  for (int i = 1; i <= pieces; ++i) {
    const double t = static_cast<double>(i) / pieces;
    const double s = 1.0 - t;
    const Vec2 next{s * s * p0.x + 2 * s * t * p1.x + t * t * p2.x,
                    s * s * p0.y + 2 * s * t * p1.y + t * t * p2.y};
    const double nextWidth = width * (1.0 - 0.85 * t * t);
    paintSegment(last, next, lastWidth, nextWidth, stroke.level, stroke.opacity, canvas);
    last = next;
    lastWidth = nextWidth;
  }
}

struct LashStyle {
  int count;
  double length, width, lift, bundling, fan, fanMiddle, curl;
  float level, opacity;
  int bundle;
};

// One lash; `side` is -1 for the upper lid (its lashes point up), 1 for the lower. t is its place
// along the margin, `leader` the place where the tips of its bundle meet, `sway` the bundle's own
// lean.
Stroke drawLash(const EyePreset& preset, const Lids& lids, const LashStyle& style, double side,
                double t, double leader, double sway, Random& random) {
  const double width = lids.temporal.x - lids.nasal.x;
  const double toTip = t + (leader - t) * style.bundling;
  const double x = lids.nasal.x + width * t;
  float upper = 0;
  float lower = 0;
  const LidRow& lid = lids.margins(static_cast<float>(x), upper, lower);
  const double root = side < 0 ? upper - lid.upperRoots : lower + lid.lowerRoots;
  const double length =
      style.length * draw(random, preset.lashLengthSpread) * (0.55 + 0.9 * t * (1.35 - t));
  const double loose = preset.lashLooseness * (1.15 - style.bundling);
  const double fan = (toTip - style.fanMiddle) * style.fan + sway + loose * random.normal();
  const double lift = style.lift + draw(random, preset.lashLiftSpread);
  const double curl = style.curl * draw(random, preset.lashCurlSpread);
  const double spread = width * (toTip - t) * 0.8;
  Stroke stroke;
  stroke.root = {x, root + draw(random, preset.lashRootSpread)};
  stroke.middle = {x + 0.4 * spread + length * 0.4 * fan,
                   stroke.root.y + side * length * (0.5 * lift - 0.5 * curl)};
  stroke.tip = {x + spread + length * (0.9 * fan + 0.25 * curl * fan),
                stroke.root.y + side * length * (0.85 * lift + 0.6 * curl)};
  stroke.width = style.width * draw(random, preset.lashWidthSpread);
  stroke.level = style.level;
  stroke.opacity = style.opacity * drawn(random, preset.lashOpacitySpread);
  return stroke;
}

// One row of lashes along a margin, bundle by bundle.
void paintRow(const EyePreset& preset, const Lids& lids, const LashStyle& style, double side,
              const View& view, Canvas& canvas, Random& random) {
  int done = 0;
  while (done < style.count) {
    const int size = std::min(random.integer(1, 2 * style.bundle - 1), style.count - done);
    const double middle = (done + 0.5 * size) / style.count;
    const double leader =
        0.06 + 0.93 * (middle + draw(random, preset.lashBundleSpread) * size / style.count);
    const double sway = preset.lashSway * random.normal();
    for (int i = 0; i < size; ++i) {
      const double t =
          0.06 + 0.93 * (done + i + draw(random, preset.lashPlaceSpread)) / style.count;
      const double place = std::clamp(t, 0.03, 1.0);
      paintStroke(drawLash(preset, lids, style, side, place, leader, sway, random), view, canvas);
    }
    done += size;
  }
}

}  // namespace

void paintLashes(const EyePreset& preset, const Lids& lids, const Tint& tint, const View& view,
                 Canvas& canvas, Random& random) {
  LashStyle style{};
  style.count = static_cast<int>(draw(random, preset.lashCount));
  style.length = draw(random, preset.lashLength);
  style.width = draw(random, preset.lashWidth);
  const double lift = draw(random, preset.lashLift);
  const float raised = clampUnit(static_cast<float>(2.0 * lids.openness));
  style.lift = mix(-0.8F, static_cast<float>(lift), raised);  // with the lid they sink
  style.bundling = draw(random, preset.lashBundling);
  style.fan = draw(random, preset.lashFan);
  style.fanMiddle = draw(random, preset.lashFanMiddle);
  style.curl = draw(random, preset.lashCurl);
  style.level = drawn(random, preset.lashLevel) * tint.hair;
  style.opacity = drawn(random, preset.lashOpacity);
  style.bundle = drawWhole(random, preset.lashBundle);
  if (random.chance(preset.mascara)) {
    style.width *= draw(random, preset.mascaraWidth);
    style.level *= 0.5F;
    style.opacity = 1;
    style.bundling = std::min(1.0, style.bundling + 0.4);
  }
  LashStyle below = style;
  below.count = static_cast<int>(draw(random, preset.lowerLashCount));
  below.length *= draw(random, preset.lowerLashLength);
  below.width *= 0.8;
  below.lift = draw(random, preset.lowerLashLift);
  below.opacity *= drawn(random, preset.lowerLashOpacity);
  paintRow(preset, lids, below, 1, view, canvas, random);
  paintRow(preset, lids, style, -1, view, canvas, random);
}

void paintBrow(const EyePreset& preset, const Lids& lids, const Tint& tint, const View& view,
               Canvas& canvas, Random& random) {
  if (!random.chance(preset.brow)) return;
  const double distance = draw(random, preset.browDistance);
  const double thickness = draw(random, preset.browThickness);
  const double arch = draw(random, preset.browArch);
  const double dark = draw(random, preset.lashLevel);
  const float level = static_cast<float>(dark + draw(random, preset.browPaler)) * tint.hair;
  const float opacity = drawn(random, preset.browOpacity);
  const int count = drawWhole(random, preset.browHairCount);
  const double width = draw(random, preset.browHairWidth);
  for (int i = 0; i < count; ++i) {
    const double t = random.uniform();
    const double x = lids.nasal.x - 3 + 42 * t;
    const double middle = -distance - arch * (1.0 - (2 * t - 1.1) * (2 * t - 1.1));
    const double taper = 1.0 - 0.6 * t;
    const double y = middle + thickness * taper * random.uniform(-1, 1);
    const double length = draw(random, preset.browHairLength);
    const double lean =
        mix(-0.9F, 0.25F, static_cast<float>(t)) + draw(random, preset.browHairLean);
    const double forward = 1.0 - 0.7 * std::fabs(lean);
    Stroke stroke;
    stroke.root = {x, y};
    stroke.middle = {x + 0.5 * length * forward, y + 0.55 * length * lean};
    stroke.tip = {x + length * forward, y + length * lean * 0.8};
    stroke.width = width;
    stroke.level = level;
    stroke.opacity = opacity;
    paintStroke(stroke, view, canvas);
  }
}

}  // namespace limbus::eyes
