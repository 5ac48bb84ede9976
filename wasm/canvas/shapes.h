// Outlines and ellipses as anti-aliased lines over the image.
#pragma once

#include "imgui.h"
#include "wasm/canvas/scene.h"

namespace limbus::canvas {

// Draws what is switched on, clipped to the image's area. Coordinates: Viewport::screenX/Y.
void drawShapes(const Scene& scene, ImDrawList& list);

}  // namespace limbus::canvas
