#include "wasm/canvas/panels.h"

#include <algorithm>
#include <cstdio>

#include "imgui.h"

namespace limbus::canvas {
namespace {

constexpr float kRowHeight = 32;  // CSS pixels: large enough for a finger

// Items follow each other and wrap at the window's right edge.
struct Flow {
  float right = ImGui::GetWindowPos().x + ImGui::GetContentRegionMax().x;
  bool first = true;

  void next(float width) {
    if (!first && ImGui::GetItemRectMax().x + ImGui::GetStyle().ItemSpacing.x + width <= right) {
      ImGui::SameLine();
    }
    first = false;
  }
};

struct Chip {
  const char* label;
  bool on;
  const float* colour = nullptr;  // a dot that opens the colour picker
  bool action = false;            // a button: nothing to switch
};

struct ChipClicks {
  bool toggled = false, dot = false;
  ImVec2 switchAt;
};

float chipWidth(const Chip& chip, float s) {
  return ImGui::CalcTextSize(chip.label).x + (chip.colour ? 40 : 20) * s;
}

// A rounded switch: filled when on. Colours follow the class when it has one.
ChipClicks drawChip(const Chip& chip, float s) {
  ChipClicks clicks;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = chipWidth(chip, s), height = kRowHeight * s;
  const float dot = chip.colour ? 28 * s : 0;
  ImGui::PushID(chip.label);
  ImGui::BeginGroup();
  bool hovered = false;
  if (chip.colour) {
    clicks.dot = ImGui::InvisibleButton("colour", {dot, height});
    hovered |= ImGui::IsItemHovered();
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Colour of %s", chip.label);
    ImGui::SameLine(0, 0);
  }
  clicks.toggled = ImGui::InvisibleButton("switch", {width - dot, height});
  hovered |= ImGui::IsItemHovered();
  ImGui::EndGroup();
  ImGui::PopID();
  if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);

  ImVec4 tint = ImGui::GetStyleColorVec4(ImGuiCol_CheckMark);
  if (chip.colour) tint = {chip.colour[0], chip.colour[1], chip.colour[2], 1};
  const auto faded = [&](float alpha) {
    return ImGui::ColorConvertFloat4ToU32({tint.x, tint.y, tint.z, alpha});
  };
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 end(at.x + width, at.y + height);
  const float rounding = chip.action ? 7 * s : height / 2;
  list.AddRectFilled(
      at, end, ImGui::GetColorU32(hovered ? ImGuiCol_FrameBgHovered : ImGuiCol_FrameBg), rounding);
  if (chip.on) {
    list.AddRectFilled(at, end, faded(0.20f), rounding);
    list.AddRect(at, end, faded(0.85f), rounding, 0, 1.2f * s);
  }
  const ImVec2 text = ImGui::CalcTextSize(chip.label);
  if (chip.colour) {
    const ImVec2 centre(at.x + 15 * s, at.y + height / 2);
    if (chip.on) list.AddCircleFilled(centre, 6 * s, faded(1));
    // A light rim shows dark colours, and alone it means: hidden.
    list.AddCircle(centre, 6 * s, IM_COL32(255, 255, 255, chip.on ? 70 : 110), 0, 1.2f * s);
  }
  const float textX = chip.colour ? at.x + 28 * s : at.x + (width - text.x) / 2;
  list.AddText({textX, at.y + (height - text.y) / 2},
               ImGui::GetColorU32(chip.on || chip.action ? ImGuiCol_Text : ImGuiCol_TextDisabled),
               chip.label);
  clicks.switchAt = {(at.x + dot + end.x) / 2, at.y + height / 2};
  return clicks;
}

void changed(Scene& scene) {
  scene.changes |= kCanvasLayersChanged;
  scene.paletteDirty = true;
}

void drawClass(Scene& scene, ClassLayer& layer, Flow& flow) {
  const Chip chip{.label = layer.name.c_str(), .on = layer.visible, .colour = layer.colour};
  flow.next(chipWidth(chip, scene.scale));
  const ChipClicks clicks = drawChip(chip, scene.scale);
  layer.switchX = clicks.switchAt.x;
  layer.switchY = clicks.switchAt.y;
  ImGui::PushID(layer.name.c_str());
  if (clicks.dot) ImGui::OpenPopup("picker");
  if (clicks.toggled) {
    layer.visible = !layer.visible;
    changed(scene);
  }
  if (ImGui::BeginPopup("picker")) {
    ImGui::TextUnformatted(layer.name.c_str());
    ImGui::SetNextItemWidth(190 * scene.scale);
    const auto flags = ImGuiColorEditFlags_NoSidePreview | ImGuiColorEditFlags_NoSmallPreview |
                       ImGuiColorEditFlags_DisplayHex | ImGuiColorEditFlags_PickerHueBar;
    if (ImGui::ColorPicker3("##colour", layer.colour, flags)) changed(scene);
    ImGui::EndPopup();
  }
  ImGui::PopID();
}

struct SwitchRow {
  const char* label;
  bool Scene::*value;
};
constexpr SwitchRow kSwitches[] = {{"Outlines", &Scene::outlines}, {"Ellipses", &Scene::ellipses}};

struct ButtonRow {
  const char* label;
  void (*press)(Scene&);
};
constexpr ButtonRow kButtons[] = {{"Fit", [](Scene& scene) { scene.fit(); }},
                                  {"1:1", [](Scene& scene) { scene.realSize(); }}};

// "Overlay ----o---- 45%": the whole width takes the pointer.
void drawOpacity(Scene& scene, Flow& flow) {
  const float s = scene.scale, height = kRowHeight * s;
  const float labelWidth = ImGui::CalcTextSize("Overlay").x,
              valueWidth = ImGui::CalcTextSize("100%").x;
  const float track = 84 * s, gap = 10 * s;
  const float width = labelWidth + gap + track + gap + valueWidth + 6 * s;
  flow.next(width);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton("opacity", {width, height});
  const bool active = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
  if (hovered || active) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  const float left = at.x + labelWidth + gap;
  if (active) {
    scene.setOpacity((ImGui::GetMousePos().x - left) / track);
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float middle = at.y + height / 2, knob = left + track * scene.opacity;
  const float textY = middle - ImGui::GetTextLineHeight() / 2;
  char percent[8];
  std::snprintf(percent, sizeof percent, "%.0f%%", 100 * scene.opacity);
  list.AddText({at.x, textY}, ImGui::GetColorU32(ImGuiCol_Text), "Overlay");
  list.AddText({left + track + gap, textY}, ImGui::GetColorU32(ImGuiCol_TextDisabled), percent);
  const float half = 2 * s;
  list.AddRectFilled({left, middle - half}, {left + track, middle + half},
                     ImGui::GetColorU32(ImGuiCol_FrameBgActive), half);
  list.AddRectFilled({left, middle - half}, {knob, middle + half},
                     ImGui::GetColorU32(ImGuiCol_SliderGrab), half);
  list.AddCircleFilled(
      {knob, middle}, (active || hovered ? 8.0f : 7.0f) * s,
      ImGui::GetColorU32(active ? ImGuiCol_SliderGrabActive : ImGuiCol_SliderGrab));
}

void drawLayers(Scene& scene) {
  const float s = scene.scale;
  Flow flow;
  drawOpacity(scene, flow);
  for (ClassLayer& layer : scene.classes) drawClass(scene, layer, flow);
  for (const SwitchRow& row : kSwitches) {
    const Chip chip{.label = row.label, .on = scene.*row.value};
    flow.next(chipWidth(chip, s));
    if (drawChip(chip, s).toggled) scene.toggle(row.value);
  }
  for (const ButtonRow& row : kButtons) {
    const Chip chip{.label = row.label, .on = false, .action = true};
    flow.next(chipWidth(chip, s));
    if (drawChip(chip, s).toggled) row.press(scene);
  }
}

void drawStatus(Scene& scene) {
  if (!scene.hasImage) return;
  char zoom[32];
  std::snprintf(zoom, sizeof zoom, "%.0f%%", 100.0 * scene.view.zoom / scene.scale);
  if (scene.hoverX >= 0) {
    ImGui::Text("x %d  y %d", scene.hoverX, scene.hoverY);
    if (scene.hoverClass >= 0 && scene.hoverClass < static_cast<int>(scene.classes.size())) {
      const ClassLayer& layer = scene.classes[static_cast<std::size_t>(scene.hoverClass)];
      ImGui::SameLine(0, 16 * scene.scale);
      const ImVec2 at = ImGui::GetCursorScreenPos();
      const float size = ImGui::GetTextLineHeight();
      ImGui::GetWindowDrawList()->AddCircleFilled(
          {at.x + 5 * scene.scale, at.y + size / 2}, 5 * scene.scale,
          ImGui::ColorConvertFloat4ToU32({layer.colour[0], layer.colour[1], layer.colour[2], 1}));
      ImGui::SetCursorScreenPos({at.x + 16 * scene.scale, at.y});
      ImGui::TextUnformatted(layer.name.c_str());
    }
  } else {
    ImGui::TextDisabled("%d x %d px", scene.view.imageWidth, scene.view.imageHeight);
  }
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(zoom).x);
  ImGui::TextDisabled("%s", zoom);
}

enum class Dock { top, bottom };
struct PanelRow {
  const char* name;
  Dock dock;
  void (*draw)(Scene&);
};
constexpr PanelRow kPanels[] = {{"layers", Dock::top, drawLayers},
                                {"status", Dock::bottom, drawStatus}};

}  // namespace

PanelExtent drawPanels(Scene& scene, float width, float height) {
  PanelExtent extent;
  const ImGuiWindowFlags flags =
      ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
      ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoBringToFrontOnFocus;
  for (const PanelRow& row : kPanels) {
    const bool top = row.dock == Dock::top;
    ImGui::SetNextWindowPos({0, top ? extent.top : height - extent.bottom}, ImGuiCond_Always,
                            {0, top ? 0.0f : 1.0f});
    ImGui::SetNextWindowSizeConstraints({width, 0}, {width, std::max(height * 0.45f, 1.0f)});
    if (ImGui::Begin(row.name, nullptr, flags)) row.draw(scene);
    (top ? extent.top : extent.bottom) += ImGui::GetWindowHeight();
    ImGui::End();
  }
  return extent;
}

}  // namespace limbus::canvas
