// The half of canvas.h that takes content: font, image, mask, classes, shapes.
#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/imgui_impl_opengl3.h"
#include "wasm/canvas/canvas.h"
#include "wasm/canvas/handle.h"
#include "wasm/canvas/theme.h"

using limbus::canvas::GlyphRow;
using limbus::canvas::Scene;

int canvasSetFont(Canvas* c, float sizePx, int count) {
  c->makeCurrent();
  const std::size_t table = static_cast<std::size_t>(std::max(count, 0)) * sizeof(GlyphRow);
  if (table > c->stage.size()) return 0;
  std::vector<GlyphRow> rows(static_cast<std::size_t>(std::max(count, 0)));
  std::memcpy(rows.data(), c->stage.data(), table);
  if (!limbus::canvas::buildFont(sizePx, rows, std::span(c->stage).subspan(table))) return 0;
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  c->fontReady = ImGui_ImplOpenGL3_CreateFontsTexture();
  c->wake();
  return c->fontReady;
}

int canvasSetImage(Canvas* c, int width, int height, int textureWidth, int textureHeight) {
  const auto expected =
      static_cast<std::uint64_t>(std::max(textureWidth, 0)) * std::max(textureHeight, 0) * 4;
  if (width <= 0 || height <= 0 || expected == 0 || expected != c->stage.size()) return 0;
  c->makeCurrent();
  c->layer.setImage(c->stage.data(), textureWidth, textureHeight);
  c->stage = {};  // an image is large; do not keep two
  Scene& s = c->scene;
  const bool sameSize = s.hasImage && s.view.imageWidth == width && s.view.imageHeight == height;
  s.hasImage = true;
  s.view.imageWidth = width;
  s.view.imageHeight = height;
  if (!sameSize) s.view.fit();
  canvasClearMask(c);
  canvasClearShapes(c);
  return 1;
}

int canvasSetDetail(Canvas* c, int left, int top, int width, int height, int textureWidth,
                    int textureHeight) {
  const auto count =
      static_cast<std::uint64_t>(std::max(textureWidth, 0)) * std::max(textureHeight, 0);
  const auto& view = c->scene.view;
  const bool inside = left >= 0 && top >= 0 && width > 0 && height > 0 &&
                      width <= view.imageWidth - left && height <= view.imageHeight - top;
  const bool masked = !c->scene.mask.indices.empty();
  if (!c->scene.hasImage || !inside || count == 0 || c->stage.size() != count * (masked ? 5 : 4))
    return 0;
  c->makeCurrent();
  const limbus::canvas::Part part{left, top, width, height};
  const std::uint8_t *rgba = c->stage.data(), *indices = rgba + count * 4;
  c->layer.setDetail(part, rgba, masked ? indices : nullptr, textureWidth, textureHeight);
  c->scene.detail = {part, {indices, rgba + c->stage.size()}, textureWidth, textureHeight};
  c->stage = {};
  c->wake();
  return 1;
}

void canvasClearDetail(Canvas* c) {
  c->layer.clearDetail();
  c->scene.detail = {};
  c->wake();
}

void canvasClearImage(Canvas* c) {
  c->layer.clearImage();
  c->scene.hasImage = false;
  canvasClearMask(c);
  canvasClearShapes(c);
}

int canvasSetMask(Canvas* c, int textureWidth, int textureHeight) {
  const auto expected =
      static_cast<std::uint64_t>(std::max(textureWidth, 0)) * std::max(textureHeight, 0);
  if (expected == 0 || expected != c->stage.size()) return 0;
  c->makeCurrent();
  c->layer.setMask(c->stage.data(), textureWidth, textureHeight);
  const auto& view = c->scene.view;
  c->scene.mask = {
      {0, 0, view.imageWidth, view.imageHeight}, std::move(c->stage), textureWidth, textureHeight};
  c->stage = {};
  c->scene.detail = {};
  c->wake();
  return 1;
}

void canvasClearMask(Canvas* c) {
  c->layer.clearMask();
  c->scene.mask = c->scene.detail = {};
  c->wake();
}

void canvasSetClassCount(Canvas* c, int count) {
  c->scene.classes.resize(static_cast<std::size_t>(std::clamp(count, 0, int{kCanvasMaxClasses})));
  c->scene.paletteDirty = true;
  c->wake();
}

void canvasSetClass(Canvas* c, int index, std::uint32_t rgb, int visible) {
  if (index < 0 || index >= static_cast<int>(c->scene.classes.size())) return;
  auto& layer = c->scene.classes[static_cast<std::size_t>(index)];
  layer.name = c->text();
  for (int i = 0; i < 3; ++i) {
    layer.colour[i] = static_cast<float>(rgb >> (16 - 8 * i) & 255) / 255;
  }
  layer.visible = visible != 0;
  c->scene.paletteDirty = true;
  c->wake();
}

void canvasSetLayers(Canvas* c, float opacity, int outlines, int ellipses) {
  c->scene.opacity = std::clamp(opacity, 0.0f, 1.0f);
  c->scene.outlines = outlines != 0;
  c->scene.ellipses = ellipses != 0;
  c->wake();
}

void canvasClearShapes(Canvas* c) {
  c->scene.outlineShapes.clear();
  c->scene.ellipseShapes.clear();
  c->wake();
}

int canvasAddOutline(Canvas* c, int classIndex, int count) {
  const std::size_t floats = static_cast<std::size_t>(std::max(count, 0)) * 2;
  if (floats * sizeof(float) != c->stage.size()) return 0;
  limbus::canvas::Outline outline{.classIndex = classIndex, .points = std::vector<float>(floats)};
  std::memcpy(outline.points.data(), c->stage.data(), c->stage.size());
  c->scene.outlineShapes.push_back(std::move(outline));
  c->wake();
  return 1;
}

void canvasAddEllipse(Canvas* c, int classIndex, float centreX, float centreY, float majorPx,
                      float minorPx, float angleDegrees) {
  c->scene.ellipseShapes.push_back({.classIndex = classIndex,
                                    .centreX = centreX,
                                    .centreY = centreY,
                                    .majorPx = majorPx,
                                    .minorPx = minorPx,
                                    .angleDegrees = angleDegrees,
                                    .label = c->text()});
  c->wake();
}
