// A folder of one's own rendered eyes and a recipe that trains on them in seconds.
#pragma once

#include <string>
#include <vector>

#include "command_line.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native/train/files/checkpoint.h"
#include "native_catch.h"
#include "shared/eyes/eyes.h"

inline constexpr const char* kOwnRecipe = R"({
  "name": "own", "trainingData": "renders", "net": {"name": "unet", "width": 4},
  "input": {"width": 64, "height": 64, "normalise": {"by": "image"}},
  "classes": [{"name": "background"}, {"name": "sclera"}, {"name": "iris"}, {"name": "pupil"}],
  "data": {"dataset": "folder"}, "augment": [{"name": "brightnessContrast"}],
  "loss": "ce", "schedule": "constant", "epochs": 1, "batch": 2})";

// At the end of the last epoch.
inline limbus::Weights weightsIn(const std::filesystem::path& run) {
  return limbus::readSavedRun(run / "last.safetensors").value().weights;
}

struct OwnImages {
  ScratchFolder scratch;
  std::string recipe = (scratch / "own.json").string();
  std::string data = (scratch / "data").string();
  std::string run = (scratch / "run").string();

  explicit OwnImages(int count) {
    REQUIRE(limbus::writeBytes(recipe, kOwnRecipe, false));
    for (const char* part : {"images", "masks"})
      std::filesystem::create_directories(scratch / "data" / part);
    for (int i = 0; i < count; ++i) {
      const limbus::Render render =
          *limbus::renderEye("usb", 4, static_cast<std::uint32_t>(i), 64, 64);
      const std::string name = std::to_string(i) + ".png";
      REQUIRE(limbus::writePng(scratch / "data/images" / name, render.image.view(), false));
      REQUIRE(limbus::writePng(scratch / "data/masks" / name, render.mask.view(), false));
    }
  }

  Said train(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> line = {"train", recipe, "--data", data, "--out", run};
    line.insert(line.end(), more.begin(), more.end());
    return limbusSays(line);
  }
};
