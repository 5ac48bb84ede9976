// The image while it is drawn: floats, 1 is white, and where its pixels lie in the eye plane.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "shared/eyes/shading.h"

namespace limbus::eyes {

// Pixel (x, y) of a width x height frame -> eye plane, a turn with an even scale.
struct View {
  double xx = 1, xy = 0, yx = 0, yy = 1;  // millimetres per pixel
  double x0 = 0, y0 = 0;
  double pxPerMm = 1;
  int width = 0, height = 0;

  Vec2 toEye(double px, double py) const {
    return {xx * px + xy * py + x0, yx * px + yy * py + y0};
  }
  Vec2 toPixel(Vec2 eye) const {
    const Vec2 d{eye.x - x0, eye.y - y0};
    const double s =
        pxPerMm * pxPerMm;  // rows and columns are orthogonal: the inverse is the transpose
    return {s * (xx * d.x + yx * d.y), s * (xy * d.x + yy * d.y)};
  }
  // The same frame with so many pixels across, the last row perhaps beyond it.
  View resized(int newWidth) const;
};

struct Canvas {
  int width = 0, height = 0;
  std::vector<float> pixels;

  Canvas(int width_, int height_)
      : width(width_), height(height_), pixels(static_cast<std::size_t>(width_) * height_) {}
  float* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * width; }
  const float* row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * width; }
};

struct PixelBox {
  int left, top, right, bottom;  // ends included
};

// What lies within `reach` pixels of the middle, clipped to the canvas.
inline PixelBox boxAround(Vec2 middle, double reach, const Canvas& canvas) {
  return {std::max(0, static_cast<int>(middle.x - reach)),
          std::max(0, static_cast<int>(middle.y - reach)),
          std::min(canvas.width - 1, static_cast<int>(middle.x + reach)),
          std::min(canvas.height - 1, static_cast<int>(middle.y + reach))};
}

}  // namespace limbus::eyes
