// Where the image lies on the canvas: zoom and position, in device pixels.
//
// Continuous image coordinates put pixel (i, j) at [i, i+1) x [j, j+1); its centre, the integer
// coordinate of outlines and ellipses, is half a pixel further.
#pragma once

#include <algorithm>

namespace limbus::canvas {

struct Part {  // of the image, source pixels
  int left = 0, top = 0, width = 0, height = 0;
};

struct Viewport {
  float left = 0, top = 0, width = 1, height = 1;  // the part of the canvas the image may use
  int imageWidth = 0, imageHeight = 0;
  float zoom = 1;                  // device pixels per image pixel
  float centreX = 0, centreY = 0;  // continuous image point in the middle of the area
  bool fitted = true;              // follow the area's size until the user zooms or drags

  static constexpr float kMargin = 0.96f;
  static constexpr float kMaxZoom = 96.0f;

  float originX() const { return left + width / 2 - centreX * zoom; }
  float originY() const { return top + height / 2 - centreY * zoom; }
  // Pixel-centre coordinates to the screen.
  float screenX(float x) const { return originX() + (x + 0.5f) * zoom; }
  float screenY(float y) const { return originY() + (y + 0.5f) * zoom; }
  // Screen to continuous image coordinates.
  float imageX(float x) const { return (x - originX()) / zoom; }
  float imageY(float y) const { return (y - originY()) / zoom; }

  float fitZoom() const {
    if (imageWidth <= 0 || imageHeight <= 0) return 1;
    return kMargin * std::min(width / imageWidth, height / imageHeight);
  }

  void fit() {
    zoom = std::max(fitZoom(), 1e-4f);
    centreX = imageWidth / 2.0f;
    centreY = imageHeight / 2.0f;
    fitted = true;
  }

  void setArea(float l, float t, float w, float h) {
    left = l;
    top = t;
    width = std::max(w, 1.0f);
    height = std::max(h, 1.0f);
    if (fitted) fit();
  }

  // Keeps the image point under (x, y) where it is.
  void zoomAt(float x, float y, float factor) {
    const float smallest = std::min(fitZoom() * 0.5f, 1.0f);
    const float target = std::clamp(zoom * factor, smallest, std::max(kMaxZoom, smallest));
    const float px = imageX(x), py = imageY(y);
    zoom = target;
    centreX = px + (left + width / 2 - x) / zoom;
    centreY = py + (top + height / 2 - y) / zoom;
    fitted = false;
    keepInSight();
  }

  void pan(float dx, float dy) {
    centreX -= dx / zoom;
    centreY -= dy / zoom;
    fitted = false;
    keepInSight();
  }

  // The area's middle never leaves the image, so it cannot be lost.
  void keepInSight() {
    centreX = std::clamp(centreX, 0.0f, static_cast<float>(imageWidth));
    centreY = std::clamp(centreY, 0.0f, static_cast<float>(imageHeight));
  }
};

}  // namespace limbus::canvas
