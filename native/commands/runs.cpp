// limbus runs: the training runs in a folder.
#include "native/report/runs.h"

#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/report/text_table.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct RunsArguments {
  fs::path root = "runs";
  bool json = false;
};

std::string nameBelow(const fs::path& root, const fs::path& folder) {
  const std::string below = folder.lexically_relative(root).string();
  return below.empty() || below == "." ? folder.string() : below;
}

std::string bestOf(const RunSummary& run) {
  if (!run.best) return "-";
  return run.metric + " " + shownNumber(*run.best) + " @" + std::to_string(run.bestEpoch);
}

Json jsonOf(const RunSummary& run) {
  return {{"run", run.folder.string()},
          {"recipe", run.recipe},
          {"net", run.net},
          {"data", run.data},
          {"epochs", run.epochs},
          {"wantedEpochs", run.wantedEpochs},
          {"metric", run.metric},
          {"best", run.best ? Json(*run.best) : Json()},
          {"bestEpoch", run.bestEpoch},
          {"seconds", run.seconds},
          {"when", run.when},
          {"state", nameOf(run.state)},
          {"why", run.why.empty() ? Json() : Json(run.why)}};
}

std::string stateOf(const RunSummary& run) {
  return nameOf(run.state) + (run.why.empty() ? "" : ": " + run.why);
}

Result<void> listRuns(const RunsArguments& arguments) {
  const Result<std::vector<RunSummary>> runs = findRuns(arguments.root);
  if (!runs) return fail(runs.error());
  if (arguments.json) {
    Json all = Json::array();
    for (const RunSummary& run : *runs) all.push_back(jsonOf(run));
    std::cout << dumpJson(all) << "\n";
    return {};
  }
  if (runs->empty()) {
    std::cout << "no runs in " << arguments.root.string() << "; `limbus train RECIPE --out "
              << (arguments.root / "first").string() << "` makes one\n";
    return {};
  }
  std::vector<TextRow> rows;
  for (const RunSummary& run : *runs) {
    rows.push_back({nameBelow(arguments.root, run.folder), run.net, run.data,
                    std::to_string(run.epochs) + "/" + std::to_string(run.wantedEpochs),
                    bestOf(run), run.when, stateOf(run)});
  }
  std::cout << textTable({"run", "net", "data", "epochs", "best @epoch", "last written", "state"},
                         rows);
  return {};
}

}  // namespace

Action configureRuns(CLI::App& command) {
  auto arguments = std::make_shared<RunsArguments>();
  command.add_option("DIR", arguments->root, "Where to look, at most four folders deep")
      ->capture_default_str();
  command.add_flag("--json", arguments->json, "Print the list as JSON");
  command.footer(
      "A run is finished when all its epochs are done or its recipe stopped it early, running "
      "while a process\n"
      "trains into its folder, failed where it could not go on, unreadable where its files are no "
      "run's, else\n"
      "stopped: interrupted, killed (limbus train --resume goes on), or a trial of --steps.\n"
      "Example: limbus runs runs");
  return [arguments] { return listRuns(*arguments); };
}

}  // namespace limbus
