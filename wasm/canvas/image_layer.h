// Image and mask as textures, blended by one shader: nearest samples and a pixel grid when zoomed
// in, class colours from a palette of 256 entries. Textures change only when their content does.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "wasm/canvas/viewport.h"

namespace limbus::canvas {

using Palette = std::array<std::uint32_t, 256>;  // bytes R, G, B, A in memory; A 0 hides a class

class ImageLayer {
 public:
  bool create(std::string& error);  // needs a current WebGL 2 context
  void destroy();

  void setImage(const std::uint8_t* rgba, int width, int height);
  void setMask(const std::uint8_t* indices, int width, int height);
  void clearImage() { hasImage_ = false; }
  void clearMask() { hasMask_ = false; }
  void setPalette(const Palette& palette);
  bool hasImage() const { return hasImage_; }

  // gridScale: device pixels per CSS pixel, so that the grid appears at the same zoom on any
  // screen.
  void draw(const Viewport& view, int framebufferWidth, int framebufferHeight, float opacity,
            float gridScale);

 private:
  unsigned program_ = 0, image_ = 0, mask_ = 0, palette_ = 0, vertexArray_ = 0;
  int rectLocation_ = -1, sizeLocation_ = -1, opacityLocation_ = -1, gridLocation_ = -1;
  bool hasImage_ = false, hasMask_ = false;
};

}  // namespace limbus::canvas
