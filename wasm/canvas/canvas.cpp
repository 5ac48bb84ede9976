#include "wasm/canvas/canvas.h"

#include <GLES3/gl3.h>
#include <emscripten/html5.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "backends/imgui_impl_opengl3.h"
#include "imgui.h"
#include "imgui_internal.h"  // the length of the event queue
#include "wasm/canvas/handle.h"
#include "wasm/canvas/input.h"
#include "wasm/canvas/panels.h"
#include "wasm/canvas/shapes.h"
#include "wasm/canvas/theme.h"

using limbus::canvas::Scene;

namespace {

constexpr float kWheelZoom = 0.0015f;  // per unit of WheelEvent.deltaY

std::vector<std::uint8_t> globalStage;

void uploadPalette(Canvas& c) {
  limbus::canvas::Palette palette{};
  const auto byte = [](float v) { return static_cast<std::uint32_t>(v * 255 + 0.5f); };
  for (std::size_t i = 0; i < c.scene.classes.size() && i < palette.size(); ++i) {
    const auto& layer = c.scene.classes[i];
    palette[i] = byte(layer.colour[0]) | byte(layer.colour[1]) << 8 | byte(layer.colour[2]) << 16 |
                 (layer.visible ? 0xFF000000u : 0u);
  }
  c.layer.setPalette(palette);
  c.scene.paletteDirty = false;
}

void updateHover(Canvas& c) {
  Scene& s = c.scene;
  int x = -1, y = -1, index = -1;
  const bool overImage = s.hasImage && c.pointerX >= 0 && !ImGui::GetIO().WantCaptureMouse;
  if (overImage) {
    const int px = static_cast<int>(std::floor(s.view.imageX(c.pointerX)));
    const int py = static_cast<int>(std::floor(s.view.imageY(c.pointerY)));
    if (px >= 0 && py >= 0 && px < s.view.imageWidth && py < s.view.imageHeight) {
      x = px;
      y = py;
      index = s.detail.at(px, py);
      if (index < 0) index = s.mask.at(px, py);
    }
  }
  if (x != s.hoverX || y != s.hoverY || index != s.hoverClass) s.changes |= kCanvasHoverChanged;
  s.hoverX = x;
  s.hoverY = y;
  s.hoverClass = index;
}

int cursorNow(const Canvas& c) {
  if (c.dragging) return kCursorGrabbing;
  if (!ImGui::GetIO().WantCaptureMouse)
    return c.scene.hoverX >= 0 ? kCursorCrosshair : kCursorDefault;
  switch (ImGui::GetMouseCursor()) {
    case ImGuiMouseCursor_Hand:
      return kCursorPointer;
    case ImGuiMouseCursor_TextInput:
      return kCursorText;
    case ImGuiMouseCursor_ResizeEW:
      return kCursorResize;
    default:
      return kCursorDefault;
  }
}

void writeState(Canvas& c) {
  const Scene& s = c.scene;
  CanvasState& out = c.state;
  out.changes = s.changes;
  out.cursor = cursorNow(c);
  out.hoverX = s.hoverX;
  out.hoverY = s.hoverY;
  out.hoverClass = s.hoverClass;
  out.zoom = s.view.zoom / s.scale;
  out.imageLeft = s.view.originX() / s.scale;
  out.imageTop = s.view.originY() / s.scale;
  out.opacity = s.opacity;
  out.outlines = s.outlines;
  out.ellipses = s.ellipses;
  out.classCount = static_cast<int>(s.classes.size());
  for (std::size_t i = 0; i < s.classes.size(); ++i) {
    const auto& layer = s.classes[i];
    const auto byte = [](float v) { return static_cast<std::uint32_t>(v * 255 + 0.5f); };
    out.classes[i] = {
        .rgb = byte(layer.colour[0]) << 16 | byte(layer.colour[1]) << 8 | byte(layer.colour[2]),
        .visible = layer.visible,
        .switchX = layer.switchX / s.scale,
        .switchY = layer.switchY / s.scale};
  }
}

void drawFrame(Canvas& c, double timeSeconds) {
  Scene& s = c.scene;
  ImGuiIO& io = ImGui::GetIO();
  const int width = std::max(1, static_cast<int>(std::lround(c.width * s.scale)));
  const int height = std::max(1, static_cast<int>(std::lround(c.height * s.scale)));
  io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
  io.DeltaTime = std::clamp(static_cast<float>(timeSeconds - c.lastTime), 1e-4f, 0.1f);
  c.lastTime = timeSeconds;

  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  const auto panels = limbus::canvas::drawPanels(s, io.DisplaySize.x, io.DisplaySize.y);
  s.view.setArea(0, panels.top, io.DisplaySize.x, io.DisplaySize.y - panels.top - panels.bottom);
  updateHover(c);
  limbus::canvas::drawShapes(s, *ImGui::GetBackgroundDrawList());
  ImGui::Render();

  if (s.paletteDirty) uploadPalette(c);
  glViewport(0, 0, width, height);
  glDisable(GL_SCISSOR_TEST);
  glClearColor(0.051f, 0.063f, 0.082f, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  c.layer.draw(s.view, width, height, s.opacity, s.scale);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

}  // namespace

std::uint8_t* canvasStageGlobal(std::uint32_t sizeBytes) {
  globalStage.assign(sizeBytes + 1, 0);
  return globalStage.data();
}

Canvas* canvasCreate() {
  EmscriptenWebGLContextAttributes attributes;
  emscripten_webgl_init_context_attributes(&attributes);
  attributes.majorVersion = 2;
  attributes.alpha = false;
  attributes.depth = false;
  attributes.antialias = false;  // ImGui's lines bring their own edges
  const auto* selector = reinterpret_cast<const char*>(globalStage.data());
  const auto gl = emscripten_webgl_create_context(selector, &attributes);
  if (gl <= 0) return nullptr;

  auto* c = new Canvas;
  c->gl = gl;
  c->imgui = ImGui::CreateContext();
  c->makeCurrent();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  std::string error;
  if (!ImGui_ImplOpenGL3_Init("#version 300 es") || !c->layer.create(error)) {
    std::fprintf(stderr, "canvas: %s\n", error.c_str());
    canvasDestroy(c);
    return nullptr;
  }
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &c->state.maxTextureSize);
  limbus::canvas::applyTheme(1);
  return c;
}

void canvasDestroy(Canvas* c) {
  c->makeCurrent();
  c->layer.destroy();
  if (ImGui::GetIO().BackendRendererUserData) ImGui_ImplOpenGL3_Shutdown();
  ImGui::DestroyContext(c->imgui);
  emscripten_webgl_destroy_context(c->gl);
  delete c;
}

std::uint8_t* canvasStage(Canvas* c, std::uint32_t sizeBytes) {
  c->stage.clear();  // nothing of it is copied
  c->stage.resize(sizeBytes);
  return c->stage.data();
}

void canvasResize(Canvas* c, float width, float height, float pixelRatio) {
  c->makeCurrent();
  c->width = std::max(width, 1.0f);
  c->height = std::max(height, 1.0f);
  if (pixelRatio != c->scene.scale) {
    c->scene.view.zoom *= pixelRatio / c->scene.scale;
    c->scene.scale = pixelRatio;
    limbus::canvas::applyTheme(pixelRatio);
  }
  c->wake();
}

int canvasFrame(Canvas* c, double timeSeconds) {
  if (!c->fontReady) return 0;
  c->makeCurrent();
  if (c->settle > 0) --c->settle;
  drawFrame(*c, timeSeconds);
  if (c->scene.paletteDirty || c->dragging) c->wake();
  writeState(*c);
  // ImGui spreads events over frames, so that a click is seen as press and release.
  const bool unread = c->imgui->InputEventsQueue.Size > 0;
  const bool animated = ImGui::GetIO().WantTextInput || ImGui::IsAnyItemActive();
  if (unread) c->wake();
  return c->settle > 0 || animated;
}

const CanvasState* canvasState(Canvas* c) {
  writeState(*c);
  return &c->state;
}

std::uint32_t canvasTakeChanges(Canvas* c) {
  const std::uint32_t changes = c->scene.changes;
  c->scene.changes = 0;
  return changes;
}

void canvasFit(Canvas* c) {
  c->scene.fit();
  c->wake();
}

void canvasZoomAt(Canvas* c, float x, float y, float factor) {
  if (!c->scene.hasImage || !(factor > 0)) return;
  c->dragging = false;  // a second finger ends a drag
  c->scene.view.zoomAt(x * c->scene.scale, y * c->scene.scale, factor);
  c->scene.changes |= kCanvasViewChanged;
  c->wake();
}

void canvasPan(Canvas* c, float dx, float dy) {
  c->scene.view.pan(dx * c->scene.scale, dy * c->scene.scale);
  c->scene.changes |= kCanvasViewChanged;
  c->wake();
}

void canvasPointer(Canvas* c, float x, float y, int button, int down) {
  c->makeCurrent();
  ImGuiIO& io = ImGui::GetIO();
  const float px = x * c->scene.scale, py = y * c->scene.scale;
  io.AddMousePosEvent(px, py);
  if (button >= 0 && button < ImGuiMouseButton_COUNT) io.AddMouseButtonEvent(button, down != 0);
  const auto& view = c->scene.view;
  const bool onImageArea = py >= view.top && py < view.top + view.height;
  if (button >= 0) {
    c->dragging = down && onImageArea && c->scene.hasImage &&
                  !ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup);
  } else if (c->dragging) {
    c->scene.view.pan(px - c->dragX, py - c->dragY);
    c->scene.changes |= kCanvasViewChanged;
  }
  c->dragX = c->pointerX = px;
  c->dragY = c->pointerY = py;
  c->wake();
}

void canvasPointerLeave(Canvas* c) {
  c->makeCurrent();
  ImGui::GetIO().AddMousePosEvent(-FLT_MAX, -FLT_MAX);
  ImGui::GetIO().AddMouseButtonEvent(0, false);
  c->dragging = false;
  c->pointerX = c->pointerY = -1;
  c->wake();
}

void canvasWheel(Canvas* c, float x, float y, float deltaY) {
  c->makeCurrent();
  const auto& view = c->scene.view;
  const float py = y * c->scene.scale;
  const bool overPanel = py < view.top || py >= view.top + view.height;
  if (overPanel || ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup)) {
    ImGui::GetIO().AddMouseWheelEvent(0, -deltaY / 100);
    c->wake();
    return;
  }
  canvasZoomAt(c, x, y, std::exp(-deltaY * kWheelZoom));
}

int canvasKey(Canvas* c, int down, int modifiers) {
  c->makeCurrent();
  c->wake();
  return limbus::canvas::handleKey(c->scene, c->text(), down != 0, modifiers);
}
