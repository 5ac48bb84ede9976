// The look: one dark style, scaled to the screen, and text drawn by the browser's own font engine.
#pragma once

#include <cstdint>
#include <span>

#include "imgui.h"

namespace limbus::canvas {

void applyTheme(float scale);

struct GlyphRow {  // device pixels; the layout that canvasSetFont stages
  std::int32_t codePoint, width, height, left, top, advance64;
};

// Rebuilds the font atlas from glyph coverage. False when `coverage` is shorter than the rows say.
bool buildFont(float sizePx, std::span<const GlyphRow> glyphs,
               std::span<const std::uint8_t> coverage);

}  // namespace limbus::canvas
