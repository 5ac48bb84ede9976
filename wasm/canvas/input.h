// Browser events to ImGui events, and what is left of them to the view.
#pragma once

#include <string_view>

#include "wasm/canvas/scene.h"

namespace limbus::canvas {

// KeyboardEvent.key and CanvasKey modifiers. True when a panel or the view used the key, so that
// the page should not act on it.
bool handleKey(Scene& scene, std::string_view key, bool down, int modifiers);

}  // namespace limbus::canvas
