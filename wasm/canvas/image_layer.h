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
  // Finer textures of one part, drawn over it until image or mask change; no indices: no mask.
  void setDetail(const Part& part, const std::uint8_t* rgba, const std::uint8_t* indices, int width,
                 int height);
  void clearDetail() { hasDetail_ = false; }
  void clearImage() { hasImage_ = hasDetail_ = false; }
  void clearMask() { hasMask_ = hasDetail_ = false; }
  void setPalette(const Palette& palette);
  bool hasImage() const { return hasImage_; }

  // gridScale: device pixels per CSS pixel, so that the grid appears at the same zoom on any
  // screen.
  void draw(const Viewport& view, int framebufferWidth, int framebufferHeight, float opacity,
            float gridScale);

 private:
  void drawPart(const Viewport& view, const Part& part, unsigned image, unsigned mask);

  unsigned program_ = 0, image_ = 0, mask_ = 0, palette_ = 0, vertexArray_ = 0;
  unsigned detailImage_ = 0, detailMask_ = 0;
  Part detail_;
  int rectLocation_ = -1, sizeLocation_ = -1, opacityLocation_ = -1, gridLocation_ = -1;
  bool hasImage_ = false, hasMask_ = false, hasDetail_ = false;
  int framebufferWidth_ = 1, framebufferHeight_ = 1;
  int magnify_ = 0;  // how texels are enlarged at this zoom
};

}  // namespace limbus::canvas
