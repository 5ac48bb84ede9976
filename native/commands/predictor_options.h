// What predict and evaluate share: which models look at an image, and how.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "native/infer/predictor.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct PredictorOptions {
  std::vector<std::filesystem::path> models;
  std::string device = "auto";
  std::string tile;  // WxH
  bool flip = false;
  bool selfCheck = true;
};

void addPredictorOptions(CLI::App& command, PredictorOptions& options);

struct LoadedPredictor {
  Manifest manifest;  // of the first model; learned parameters of all
  std::unique_ptr<Predictor> predictor;

  Result<Mask> mask(ImageView image) const;
};

Result<LoadedPredictor> loadPredictor(const PredictorOptions& options);

}  // namespace limbus
