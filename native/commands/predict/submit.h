// limbus predict --submission: masks in the form in which a contest wants them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "native/commands/parts/predictor_options.h"
#include "native/commands/parts/smooth_options.h"
#include "shared/result.h"

namespace limbus {

struct SubmitArguments {
  std::string form;  // NAME[:KEY=VALUE,...]; empty: none
  std::vector<std::filesystem::path> images;
  SmoothOptions smooth = {};
  std::filesystem::path out;  // a file, or a folder for forms of many
  bool force = false;
};

// All images or none. Those in folders are called by their path below what is named.
Result<void> submit(const SubmitArguments& arguments, const PredictorOptions& predictor);

}  // namespace limbus
