#include "wasm/canvas/shapes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace limbus::canvas {
namespace {

constexpr ImU32 kHalo = IM_COL32(8, 10, 14, 150);  // keeps lines readable on bright skin

const ClassLayer* visibleClass(const Scene& scene, int index) {
  if (index < 0 || index >= static_cast<int>(scene.classes.size())) return nullptr;
  const ClassLayer& layer = scene.classes[static_cast<std::size_t>(index)];
  return layer.visible ? &layer : nullptr;
}

// The class colour, lifted towards white so that it stands out from its own overlay.
ImU32 lineColour(const ClassLayer& layer, float lift, float alpha = 1) {
  const auto channel = [&](int i) { return layer.colour[i] + (1 - layer.colour[i]) * lift; };
  return ImGui::ColorConvertFloat4ToU32({channel(0), channel(1), channel(2), alpha});
}

void stroke(ImDrawList& list, const std::vector<ImVec2>& points, ImU32 colour, float width,
            float scale, bool closed) {
  if (points.size() < 2) return;
  const ImDrawFlags flags = closed ? ImDrawFlags_Closed : ImDrawFlags_None;
  const int count = static_cast<int>(points.size());
  list.AddPolyline(points.data(), count, kHalo, flags, (width + 1.6f) * scale);
  list.AddPolyline(points.data(), count, colour, flags, width * scale);
}

void drawOutline(const Scene& scene, const Outline& outline, ImDrawList& list) {
  const ClassLayer* layer = visibleClass(scene, outline.classIndex);
  if (!layer) return;
  std::vector<ImVec2> points;
  const float nearest = 0.35f * scene.scale;  // closer points add cost, not shape
  for (std::size_t i = 0; i + 1 < outline.points.size(); i += 2) {
    const ImVec2 p(scene.view.screenX(outline.points[i]),
                   scene.view.screenY(outline.points[i + 1]));
    if (!points.empty() && std::fabs(p.x - points.back().x) < nearest &&
        std::fabs(p.y - points.back().y) < nearest) {
      continue;
    }
    points.push_back(p);
  }
  stroke(list, points, lineColour(*layer, 0.25f), 1.4f, scene.scale, true);
}

struct EllipseFrame {
  ImVec2 centre, major, minor;  // half axes as vectors, device pixels

  ImVec2 at(float radians, float grow = 1) const {
    const float c = std::cos(radians) * grow, s = std::sin(radians) * grow;
    return {centre.x + major.x * c + minor.x * s, centre.y + major.y * c + minor.y * s};
  }
};

EllipseFrame frameOf(const Scene& scene, const EllipseShape& e) {
  const float angle = e.angleDegrees * std::numbers::pi_v<float> / 180;
  const float a = e.majorPx / 2 * scene.view.zoom, b = e.minorPx / 2 * scene.view.zoom;
  return {.centre = {scene.view.screenX(e.centreX), scene.view.screenY(e.centreY)},
          .major = {a * std::cos(angle), a * std::sin(angle)},
          .minor = {-b * std::sin(angle), b * std::cos(angle)}};
}

void drawEllipse(const Scene& scene, const EllipseShape& shape, ImDrawList& list) {
  const ClassLayer* layer = visibleClass(scene, shape.classIndex);
  if (!layer) return;
  const EllipseFrame frame = frameOf(scene, shape);
  const float s = scene.scale;
  const ImU32 colour = lineColour(*layer, 0.55f);
  const float radius = shape.majorPx / 2 * scene.view.zoom;
  const int segments = std::clamp(static_cast<int>(radius), 48, 512);
  std::vector<ImVec2> rim;
  for (int i = 0; i < segments; ++i) {
    rim.push_back(frame.at(2 * std::numbers::pi_v<float> * i / segments));
  }
  stroke(list, rim, colour, 1.5f, s, true);

  const float half = std::numbers::pi_v<float> / 2;
  const ImU32 faint = lineColour(*layer, 0.55f, 0.5f);
  list.AddLine(frame.at(0), frame.at(2 * half), faint, 1.0f * s);
  list.AddLine(frame.at(half), frame.at(3 * half), faint, 1.0f * s);
  const float arm = std::min(7 * s, radius * 0.5f);
  const ImVec2 c = frame.centre;
  const ImVec2 cross[] = {{c.x - arm, c.y}, {c.x + arm, c.y}, {c.x, c.y - arm}, {c.x, c.y + arm}};
  for (int pass = 0; pass < 2; ++pass) {
    const ImU32 ink = pass == 0 ? kHalo : colour;
    const float width = (pass == 0 ? 4.0f : 2.0f) * s;
    list.AddLine(cross[0], cross[1], ink, width);
    list.AddLine(cross[2], cross[3], ink, width);
  }
}

// The n-th label leaves its ellipse to the upper or lower right, so that a pupil inside an iris and
// the iris do not write over each other.
void drawLabel(const Scene& scene, const EllipseShape& shape, int order, ImDrawList& list) {
  const ClassLayer* layer = visibleClass(scene, shape.classIndex);
  if (!layer || shape.label.empty()) return;
  const float s = scene.scale;
  const EllipseFrame frame = frameOf(scene, shape);
  // The rim point that lies furthest in the wanted direction.
  const float towardsY = order % 2 == 0 ? -0.8f : 0.8f;
  ImVec2 anchor = frame.centre;
  float furthest = -1e30f;
  for (int i = 0; i < 64; ++i) {
    const ImVec2 p = frame.at(2 * std::numbers::pi_v<float> * i / 64);
    const float reach = p.x + towardsY * p.y - frame.centre.x - towardsY * frame.centre.y;
    if (reach > furthest) {
      furthest = reach;
      anchor = p;
    }
  }
  const ImVec2 text = ImGui::CalcTextSize(shape.label.c_str());
  const ImVec2 pad(9 * s, 4 * s);
  const float width = text.x + 2 * pad.x, height = text.y + 2 * pad.y;
  const Viewport& view = scene.view;
  const float x = std::clamp(anchor.x + 26 * s, view.left + 4 * s,
                             std::max(view.left + 4 * s, view.left + view.width - width - 4 * s));
  const float y =
      std::clamp(anchor.y + (towardsY < 0 ? -26 * s - height : 26 * s), view.top + 4 * s,
                 std::max(view.top + 4 * s, view.top + view.height - height - 4 * s));
  const ImVec2 knee(x, y + height / 2);
  stroke(list, {anchor, knee}, lineColour(*layer, 0.55f), 1.0f, s, false);
  list.AddCircleFilled(anchor, 2.5f * s, lineColour(*layer, 0.55f));
  list.AddRectFilled({x, y}, {x + width, y + height}, IM_COL32(14, 17, 23, 225), height / 2);
  list.AddRect({x, y}, {x + width, y + height}, lineColour(*layer, 0.25f, 0.8f), height / 2, 0, s);
  list.AddText({x + pad.x, y + pad.y}, IM_COL32(240, 243, 248, 255), shape.label.c_str());
}

}  // namespace

void drawShapes(const Scene& scene, ImDrawList& list) {
  if (!scene.hasImage) return;
  const Viewport& view = scene.view;
  list.PushClipRect({view.left, view.top}, {view.left + view.width, view.top + view.height}, true);
  if (scene.outlines) {
    for (const Outline& outline : scene.outlineShapes) drawOutline(scene, outline, list);
  }
  if (scene.ellipses) {
    for (const EllipseShape& shape : scene.ellipseShapes) drawEllipse(scene, shape, list);
    int order = 0;
    for (const EllipseShape& shape : scene.ellipseShapes) drawLabel(scene, shape, order++, list);
  }
  list.PopClipRect();
}

}  // namespace limbus::canvas
