// What the canvas draws: plain state that panels, shapes and the C ABI share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "wasm/canvas/bytes.h"
#include "wasm/canvas/canvas.h"
#include "wasm/canvas/viewport.h"

namespace limbus::canvas {

struct ClassLayer {
  std::string name;
  float colour[3] = {1, 1, 1};  // [0,1]
  bool visible = true;
  float switchX = 0, switchY = 0;  // device pixels, written by the panel
};

struct Outline {
  int classIndex = 0;
  std::vector<float> points;  // x, y pairs, pixel-centre coordinates
};

struct EllipseShape {
  int classIndex = 0;
  float centreX = 0, centreY = 0, majorPx = 0, minorPx = 0, angleDegrees = 0;
  std::string label;
};

struct Labels {  // class indices over a part of the image, which may have more pixels
  Part part;
  Bytes indices;
  int width = 0, height = 0;

  // Of a source pixel; -1: none of this part.
  int at(int x, int y) const {
    const std::int64_t fromLeft = x - part.left, fromTop = y - part.top;
    if (indices.empty() || fromLeft < 0 || fromTop < 0 || fromLeft >= part.width ||
        fromTop >= part.height)
      return -1;
    const std::int64_t column = fromLeft * width / part.width, row = fromTop * height / part.height;
    return indices[static_cast<std::size_t>(row * width + column)];
  }
};

struct Scene {
  Viewport view;
  float scale = 1;  // device pixels per CSS pixel

  float opacity = 0.45f;
  bool outlines = true;
  bool ellipses = true;
  std::vector<ClassLayer> classes;
  std::vector<Outline> outlineShapes;
  std::vector<EllipseShape> ellipseShapes;

  bool hasImage = false;
  Labels mask, detail;  // for the class under the pointer

  int hoverX = -1, hoverY = -1, hoverClass = -1;
  std::uint32_t changes = 0;  // CanvasChange bits
  bool paletteDirty = true;

  // What buttons and keys do alike.
  void fit() {
    view.fit();
    changes |= kCanvasViewChanged;
  }
  void zoomBy(float factor) {
    view.zoomAt(view.left + view.width / 2, view.top + view.height / 2, factor);
    changes |= kCanvasViewChanged;
  }
  void realSize() { zoomBy(scale / view.zoom); }
  void setOpacity(float value) {
    const float inside = std::clamp(value, 0.0f, 1.0f);
    if (inside != opacity) changes |= kCanvasLayersChanged;
    opacity = inside;
  }
  void toggle(bool Scene::*layer) {
    this->*layer = !(this->*layer);
    changes |= kCanvasLayersChanged;
  }
};

}  // namespace limbus::canvas
