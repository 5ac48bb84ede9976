#include "wasm/canvas/input.h"

#include "imgui.h"

namespace limbus::canvas {
namespace {

constexpr int kControl = 1, kShift = 2, kAlt = 4;
constexpr float kZoomStep = 1.25f;
constexpr float kPanStep = 40;  // CSS pixels
constexpr float kOpacityStep = 0.05f;

struct KeyRow {
  std::string_view name;  // KeyboardEvent.key
  ImGuiKey key;
};

constexpr KeyRow kEditKeys[] = {
    {"Tab", ImGuiKey_Tab},
    {"Enter", ImGuiKey_Enter},
    {"Escape", ImGuiKey_Escape},
    {"Backspace", ImGuiKey_Backspace},
    {"Delete", ImGuiKey_Delete},
    {"Home", ImGuiKey_Home},
    {"End", ImGuiKey_End},
    {"ArrowLeft", ImGuiKey_LeftArrow},
    {"ArrowRight", ImGuiKey_RightArrow},
    {"ArrowUp", ImGuiKey_UpArrow},
    {"ArrowDown", ImGuiKey_DownArrow},
    {"a", ImGuiKey_A},
    {"c", ImGuiKey_C},
    {"v", ImGuiKey_V},
    {"x", ImGuiKey_X},
    {"z", ImGuiKey_Z},
};

struct ViewKeyRow {
  std::string_view name;
  void (*act)(Scene&);
};

template <int X, int Y>
void panBy(Scene& scene) {
  scene.view.pan(X * kPanStep * scene.scale, Y * kPanStep * scene.scale);
  scene.changes |= kCanvasViewChanged;
}
void zoomIn(Scene& scene) { scene.zoomBy(kZoomStep); }
void zoomOut(Scene& scene) { scene.zoomBy(1 / kZoomStep); }

constexpr ViewKeyRow kViewKeys[] = {
    {"+", zoomIn},
    {"=", zoomIn},
    {"-", zoomOut},
    {"_", zoomOut},
    {"0", [](Scene& scene) { scene.fit(); }},
    {"1", [](Scene& scene) { scene.realSize(); }},
    {"ArrowLeft", panBy<1, 0>},
    {"ArrowRight", panBy<-1, 0>},
    {"ArrowUp", panBy<0, 1>},
    {"ArrowDown", panBy<0, -1>},
    {"[", [](Scene& scene) { scene.setOpacity(scene.opacity - kOpacityStep); }},
    {"]", [](Scene& scene) { scene.setOpacity(scene.opacity + kOpacityStep); }},
    {"o", [](Scene& scene) { scene.toggle(&Scene::outlines); }},
    {"e", [](Scene& scene) { scene.toggle(&Scene::ellipses); }},
};

// Letters in either case: Caps Lock and Shift change their names, not what they are for.
bool isNamed(std::string_view key, std::string_view name) {
  const bool capital = key.size() == 1 && key[0] >= 'A' && key[0] <= 'Z';
  return capital ? name.size() == 1 && name[0] == key[0] - 'A' + 'a' : name == key;
}

// With Alt keys are the browser's, but for brackets: many layouts write them with it on a Mac.
bool isForView(std::string_view key, int modifiers) {
  const bool bracket = key == "[" || key == "]";
  return (modifiers & (bracket ? kControl : kControl | kAlt)) == 0;
}

}  // namespace

bool handleKey(Scene& scene, std::string_view key, bool down, int modifiers) {
  ImGuiIO& io = ImGui::GetIO();
  io.AddKeyEvent(ImGuiMod_Ctrl, (modifiers & kControl) != 0);
  io.AddKeyEvent(ImGuiMod_Shift, (modifiers & kShift) != 0);
  io.AddKeyEvent(ImGuiMod_Alt, (modifiers & kAlt) != 0);
  if (io.WantTextInput || key == "Escape" || !down) {
    for (const KeyRow& row : kEditKeys) {
      if (isNamed(key, row.name)) io.AddKeyEvent(row.key, down);
    }
    const bool printable = key.size() == 1 && !(modifiers & (kControl | kAlt));
    if (down && printable) io.AddInputCharacter(static_cast<unsigned char>(key[0]));
    return io.WantTextInput;
  }
  if (!scene.hasImage || !isForView(key, modifiers)) return false;
  for (const ViewKeyRow& row : kViewKeys) {
    if (!isNamed(key, row.name)) continue;
    row.act(scene);
    return true;
  }
  return false;
}

}  // namespace limbus::canvas
