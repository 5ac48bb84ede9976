// Parts of an image, which may reach beyond it.
#pragma once

#include "shared/image.h"
#include "shared/manifest.h"

namespace limbus {

struct Window {
  int left = 0;  // may lie outside, as may the other edges
  int top = 0;
  int width = 0;
  int height = 0;
};

// What lies outside continues the image by `fill`; constant: 0.
Image cut(ImageView image, const Window& window, PadFill fill);

}  // namespace limbus
