#include "wasm/canvas/theme.h"

#include <vector>

namespace limbus::canvas {
namespace {

struct ColourRow {
  ImGuiCol slot;
  unsigned rgba;
};

constexpr ColourRow kColours[] = {
    {ImGuiCol_Text, 0xE6EAF0FF},           {ImGuiCol_TextDisabled, 0x8A93A3FF},
    {ImGuiCol_WindowBg, 0x12161DF2},       {ImGuiCol_PopupBg, 0x171C25FA},
    {ImGuiCol_Border, 0x2A3240FF},         {ImGuiCol_FrameBg, 0x222936FF},
    {ImGuiCol_FrameBgHovered, 0x2B3444FF}, {ImGuiCol_FrameBgActive, 0x323D50FF},
    {ImGuiCol_SliderGrab, 0x5FB4C9FF},     {ImGuiCol_SliderGrabActive, 0x86D3E5FF},
    {ImGuiCol_Button, 0x222936FF},         {ImGuiCol_ButtonHovered, 0x2F3A4BFF},
    {ImGuiCol_ButtonActive, 0x3A475CFF},   {ImGuiCol_CheckMark, 0x6CC6DBFF},
    {ImGuiCol_TextSelectedBg, 0x3C7F92C0}, {ImGuiCol_ScrollbarBg, 0x00000000},
    {ImGuiCol_ScrollbarGrab, 0x39445580},
};

ImVec4 colour(unsigned rgba) {
  return {static_cast<float>(rgba >> 24) / 255, static_cast<float>(rgba >> 16 & 255) / 255,
          static_cast<float>(rgba >> 8 & 255) / 255, static_cast<float>(rgba & 255) / 255};
}

}  // namespace

void applyTheme(float scale) {
  ImGuiStyle style;
  ImGui::StyleColorsDark(&style);
  for (const ColourRow& row : kColours) style.Colors[row.slot] = colour(row.rgba);
  style.WindowPadding = {10, 8};
  style.FramePadding = {10, 9};
  style.ItemSpacing = {8, 6};
  style.ItemInnerSpacing = {6, 4};
  style.FrameRounding = 7;
  style.PopupRounding = 10;
  style.WindowRounding = 0;
  style.GrabRounding = 6;
  style.GrabMinSize = 14;
  style.ScrollbarSize = 10;
  style.WindowBorderSize = 0;
  style.PopupBorderSize = 1;
  style.WindowMinSize = {1, 1};
  style.ScaleAllSizes(scale);
  ImGui::GetStyle() = style;
}

bool buildFont(float sizePx, std::span<const GlyphRow> glyphs,
               std::span<const std::uint8_t> coverage) {
  ImGuiIO& io = ImGui::GetIO();
  io.Fonts->Clear();
  ImFontConfig fallback;  // characters the browser was not asked for
  fallback.SizePixels = sizePx;
  ImFont* font = io.Fonts->AddFontDefault(&fallback);
  std::vector<int> rects;
  std::size_t expected = 0;
  for (const GlyphRow& g : glyphs) {
    if (g.width < 0 || g.height < 0 || g.width > 512 || g.height > 512) return false;
    expected += static_cast<std::size_t>(g.width) * static_cast<std::size_t>(g.height);
    rects.push_back(io.Fonts->AddCustomRectFontGlyph(
        font, static_cast<ImWchar>(g.codePoint), g.width > 0 ? g.width : 1,
        g.height > 0 ? g.height : 1, static_cast<float>(g.advance64) / 64,
        {static_cast<float>(g.left), static_cast<float>(g.top)}));
  }
  if (expected > coverage.size() || !io.Fonts->Build()) return false;

  unsigned char* atlas = nullptr;
  int atlasWidth = 0, atlasHeight = 0;
  io.Fonts->GetTexDataAsAlpha8(&atlas, &atlasWidth, &atlasHeight);
  const std::uint8_t* source = coverage.data();
  for (std::size_t i = 0; i < glyphs.size(); ++i) {
    const ImFontAtlasCustomRect* rect = io.Fonts->GetCustomRectByIndex(rects[i]);
    for (int y = 0; y < rect->Height; ++y) {
      unsigned char* row = atlas + (rect->Y + y) * atlasWidth + rect->X;
      const bool inside = y < glyphs[i].height;
      for (int x = 0; x < rect->Width; ++x) {
        row[x] = inside && x < glyphs[i].width ? *source++ : 0;
      }
    }
  }
  return true;
}

}  // namespace limbus::canvas
