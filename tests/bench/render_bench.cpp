// How long a render takes, against what it replaces: decoding the same image from a stored PNG.
//
//   build/release/tests/limbus_render_bench [RENDERS PER PRESET]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "native/data/files/png.h"
#include "shared/eyes/eyes.h"

using namespace limbus;

namespace {

double millisecondsNow() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

}  // namespace

int main(int count, char** arguments) {
  const int renders = count > 1 ? std::atoi(arguments[1]) : 40;
  std::printf("%-12s %9s %14s %11s %6s\n", "preset", "size", "render, ms", "decode, ms", "ratio");
  for (const EyePresetRow& row : eyePresets()) {
    // The size that published eye-tracking sets have, turned as the preset's frame is.
    const int width = row.width > row.height ? 640 : 400;
    const int height = row.width > row.height ? 400 : 640;
    double renderMs = 0;
    double decodeMs = 0;
    for (int i = 0; i < renders; ++i) {
      const double start = millisecondsNow();
      const Render render =
          renderEye(row.name, 1, static_cast<std::uint32_t>(i), width, height).value();
      renderMs += millisecondsNow() - start;
      const std::string png = encodePng(render.image.view()).value();
      const double between = millisecondsNow();
      if (!decodePng(png)) return 1;
      decodeMs += millisecondsNow() - between;
    }
    std::printf("%-12s %4dx%-4d %14.1f %11.1f %6.2f\n", row.name, width, height, renderMs / renders,
                decodeMs / renders, renderMs / decodeMs);
  }
  return 0;
}
