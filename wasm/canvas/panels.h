// The windows inside the canvas, one table row each. A panel changes the Scene and nothing else.
#pragma once

#include "wasm/canvas/scene.h"

namespace limbus::canvas {

struct PanelExtent {
  float top = 0, bottom = 0;  // device pixels that docked panels take from the canvas
};

// Call between NewFrame and Render.
PanelExtent drawPanels(Scene& scene, float width, float height);

}  // namespace limbus::canvas
