// What stands behind the opaque handle of canvas.h.
#pragma once

#include <emscripten/html5.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "imgui.h"
#include "wasm/canvas/bytes.h"
#include "wasm/canvas/canvas.h"
#include "wasm/canvas/image_layer.h"
#include "wasm/canvas/scene.h"

struct Canvas {
  static constexpr int kSettleFrames = 3;  // ImGui needs a frame or two to answer an event

  EMSCRIPTEN_WEBGL_CONTEXT_HANDLE gl = 0;
  ImGuiContext* imgui = nullptr;
  limbus::canvas::ImageLayer layer;
  limbus::canvas::Scene scene;
  CanvasState state{};
  limbus::canvas::Bytes stage;
  float width = 1, height = 1;  // CSS pixels
  int settle = kSettleFrames;
  double lastTime = 0;
  bool fontReady = false;
  bool dragging = false;
  float dragX = 0, dragY = 0;  // device pixels
  float pointerX = -1, pointerY = -1;

  void wake() { settle = kSettleFrames; }
  void makeCurrent() {
    emscripten_webgl_make_context_current(gl);
    ImGui::SetCurrentContext(imgui);
  }
  std::string text() const {
    const auto* bytes = reinterpret_cast<const char*>(stage.data());
    return {bytes, strnlen(bytes, stage.size())};
  }
};
