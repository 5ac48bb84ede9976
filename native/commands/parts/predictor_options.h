// What predict and evaluate share: which models look at an image, and how.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "native/infer/ensemble.h"
#include "shared/result.h"

namespace limbus {

struct PredictorOptions {
  std::vector<std::string> models;  // PATH or PATH=WEIGHT
  std::string device = "auto";
  std::string engine = "auto";     // or limbus, onnxruntime
  std::string mode = "whole";      // NAME:KEY=VALUE,...
  std::vector<std::string> views;  // lists of views, each with each
  std::string mean = "probabilities";
  bool oneAtATime = false;
  bool selfCheck = true;
};

void addPredictorOptions(CLI::App& command, PredictorOptions& options);

// PATH or PATH=WEIGHT; the runs of k folds for the folder that they lie in, and the snapshots of a
// run for 'RUN/epoch-*', which share its weight.
// `where` opens errors.
Result<std::vector<ModelShare>> parseModels(const std::vector<std::string>& models,
                                            const std::string& where = "--model");

Result<Ensemble> openEnsemble(const PredictorOptions& options);

// With one model in memory at a time: each looks at these files. An interrupt ends it.
Result<void> lookAhead(const std::vector<std::filesystem::path>& files, Ensemble& models);

}  // namespace limbus
