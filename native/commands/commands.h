// The verbs of the command line: a file or a folder each, one row in commands.cpp.
//
// configure() declares arguments and returns what to do once they are parsed. Errors come back as
// values; main.cpp prints one line and chooses the exit code: 1 failed, 2 wrong usage
// (ErrorCode::badArgument and whatever the parser refuses).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <vector>

#include "shared/result.h"

namespace limbus {

using Action = std::function<Result<void>()>;

struct CommandRow {
  const char* name;
  const char* summary;
  Action (*configure)(CLI::App& command);
};

const std::vector<CommandRow>& commands();

constexpr const char* kNoSelfCheckHelp =
    "Trust LibTorch: do not compare its operations with plain loops first";

Action configureSynth(CLI::App& command);
Action configureTrain(CLI::App& command);
Action configureEvaluate(CLI::App& command);
Action configurePredict(CLI::App& command);
Action configureExport(CLI::App& command);
Action configureImport(CLI::App& command);
Action configureInspect(CLI::App& command);
Action configureManifest(CLI::App& command);
Action configureRecipe(CLI::App& command);
Action configurePlotSchedule(CLI::App& command);
Action configureLrRange(CLI::App& command);
Action configureAugment(CLI::App& command);
Action configureRuns(CLI::App& command);
Action configureCompare(CLI::App& command);
Action configureTune(CLI::App& command);
Action configureSweepSize(CLI::App& command);
Action configurePseudoLabel(CLI::App& command);
Action configureData(CLI::App& command);
Action configureList(CLI::App& command);
Action configureCompletion(CLI::App& command);

}  // namespace limbus
