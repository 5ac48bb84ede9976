// What `limbus predict` segments, and whether --out has room for what comes of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "native/commands/parts/predictor_options.h"
#include "native/commands/parts/smooth_options.h"
#include "native/commands/predict/unfinished_masks.h"
#include "shared/result.h"

namespace limbus {

struct PredictArguments {
  PredictorOptions predictor;
  SmoothOptions smooth;
  std::filesystem::path out, regions;
  std::vector<std::filesystem::path> images;
  std::string submission;
  bool overlay = false, numbers = false, force = false, resume = false, json = false;
};

// Folders stand for the images in them.
Result<std::vector<std::filesystem::path>> collectImages(
    const std::vector<std::filesystem::path>& paths, const std::filesystem::path& out);

// Of the files in --out, by the name of the image.
std::string maskName(const std::filesystem::path& image);
std::string overlayName(const std::filesystem::path& image);
std::string numbersName(const std::filesystem::path& image);

bool liesBeside(const std::filesystem::path& image, const std::filesystem::path& masks);

// Nothing of the user's is overwritten: not by --out itself, not by two outputs of one name, and
// never one of the images. `begun`: what --resume goes on with.
Result<void> checkRoom(const PredictArguments& arguments,
                       const std::vector<std::filesystem::path>& images,
                       const std::optional<MaskedImages>& begun);

}  // namespace limbus
