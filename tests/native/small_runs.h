// Trainings of seconds, for tests: four small renders, a narrow U-Net.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "native/system/files.h"
#include "native/train/train.h"
#include "native_catch.h"
#include "shared/options/json.h"

// Overrides make it what a test needs.
inline const char* const kSmallRecipe = R"({
  "name": "small", "net": {"name": "unet", "width": 4},
  "input": {"width": 64, "height": 64, "normalise": {"by": "image"}},
  "classes": [{"name": "background"}, {"name": "sclera"}, {"name": "iris"}, {"name": "pupil"}],
  "data": {"dataset": "rendered", "preset": "openeds2019", "count": 4, "validationCount": 2,
           "width": 64, "height": 64},
  "loss": "ce+dice",
  "schedule": {"name": "constant", "lr": 0.003},
  "epochs": 2, "batch": 2, "workers": 1, "seed": 3
})";

inline limbus::TrainRequest requestFor(const std::filesystem::path& run,
                                       const std::vector<std::string>& overrides) {
  limbus::TrainRequest request;
  limbus::Result<limbus::Recipe> recipe = limbus::parseRecipe(kSmallRecipe, overrides);
  REQUIRE(recipe);
  request.recipe = std::move(*recipe);
  request.run = run;
  request.device = "cpu";
  request.quiet = true;
  return request;
}

inline limbus::TrainSummary trained(const limbus::TrainRequest& request) {
  const limbus::Result<limbus::TrainSummary> summary = limbus::train(request);
  INFO((summary ? "" : summary.error().message));
  REQUIRE(summary);
  return *summary;
}

inline std::vector<limbus::Json> records(const std::filesystem::path& run) {
  std::istringstream lines(limbus::readBytes(run / "log.jsonl").value());
  std::vector<limbus::Json> all;
  for (std::string line; std::getline(lines, line);) all.push_back(limbus::Json::parse(line));
  return all;
}
