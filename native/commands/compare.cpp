// limbus compare: what runs differ in, and how each ended.
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include "native/commands/commands.h"
#include "native/commands/parts/recipe_cost.h"
#include "native/commands/parts/score_json.h"
#include "native/report/runs.h"
#include "native/report/text_table.h"
#include "native/train/files/run_folder.h"
#include "native/train/progress.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct CompareArguments {
  std::vector<fs::path> runs;
  bool json = false;
};

struct Compared {
  RunSummary summary;
  RunLog log;
  std::optional<RecipeCost> cost;  // none for a recipe that this version does not read
  DataPlace images = {};           // empty where they come from no folder, or nobody knows
};

Result<std::vector<Compared>> readAll(const std::vector<fs::path>& folders) {
  std::vector<Compared> all;
  for (const fs::path& folder : folders) {
    Result<RunSummary> summary = summariseRun(folder);
    if (!summary) return fail(summary.error());
    Result<RunLog> log = readRunLog(folder);
    if (!log) return fail(log.error());
    const Result<Recipe> recipe = parseRecipe(log->recipe.dump(), {});
    const Result<RecipeCost> cost = recipe ? costOf(*recipe) : fail(recipe.error());
    Result<std::optional<DataPlace>> place = readDataPlace(folder);
    if (!place) return fail(place.error());
    all.push_back({std::move(*summary), std::move(*log), cost ? std::optional(*cost) : std::nullopt,
                   std::move(*place).value_or(DataPlace{})});
  }
  return all;
}

// The record of the best epoch; null: none is done.
const Json* bestRecord(const Compared& run) {
  for (const Json& record : run.log.epochs) {
    if (record.value("epoch", 0) == run.summary.bestEpoch) return &record;
  }
  return nullptr;
}

// How a run ended, in order: what it is called, and its value.
std::vector<std::pair<std::string, Json>> endingOf(const Compared& run) {
  std::vector<std::pair<std::string, Json>> ending = {
      {"state", nameOf(run.summary.state)},
      {"epochs",
       std::to_string(run.summary.epochs) + "/" + std::to_string(run.summary.wantedEpochs)},
      {"best epoch", run.summary.bestEpoch}};
  if (const Json* best = bestRecord(run)) {
    const Json validation = best->value("validation", Json::object());
    for (const char* score : {"mIoU", "mDice", "pixelAccuracy", "loss"}) {
      ending.emplace_back(std::string(score) + ", best epoch", validation.value(score, Json()));
    }
    const Json classes = validation.value("iou", Json::object());
    for (const auto& item : classes.items()) {
      ending.emplace_back("IoU " + item.key(), item.value());
    }
  }
  if (!run.log.epochs.empty()) {
    ending.emplace_back("train loss, last", run.log.epochs.back().value("trainLoss", Json()));
    ending.emplace_back("steps per second", run.log.epochs.back().value("stepsPerSecond", Json()));
  }
  ending.emplace_back("time", showDuration(run.summary.seconds));
  if (run.cost) {
    ending.emplace_back("learned parameters", run.cost->parameters);
    ending.emplace_back("multiply-adds", run.cost->multiplyAdds);
  }
  return ending;
}

std::string shown(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_number_float()) return shownNumber(value.get<double>());
  return value.is_string() ? value.get<std::string>() : dumpJson(value);
}

// What is to be told of runs that saw different images; empty: the same, as far as is known.
std::string imagesLine(const std::vector<Compared>& runs) {
  const auto differ = [&](std::string DataPlace::*which) {
    std::set<std::string> known;
    for (const Compared& run : runs) {
      if (!(run.images.*which).empty()) known.insert(run.images.*which);
    }
    return known.size() > 1;
  };
  if (differ(&DataPlace::validation)) {
    return "the validation images differ, so that the scores do not compare; limbus evaluate "
           "--data DIR --split test scores all on the same\n";
  }
  return differ(&DataPlace::training) ? "the training images differ\n" : "";
}

// A recipe's value as it would be written: 0.0003 keeps its digits.
std::string written(const Json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : dumpJson(value);
}

// Keys that any of the runs has, in the order in which they come.
std::vector<TextRow> endingRows(const std::vector<Compared>& runs) {
  std::vector<TextRow> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const auto& [name, value] : endingOf(runs[i])) {
      auto row = std::find_if(rows.begin(), rows.end(),
                              [&, &key = name](const TextRow& one) { return one[0] == key; });
      if (row == rows.end()) {
        rows.emplace_back(runs.size() + 1, "-");
        row = rows.end() - 1;
        row->front() = name;
      }
      (*row)[i + 1] = shown(value);
    }
  }
  return rows;
}

Json jsonOf(const std::vector<Compared>& runs, const std::vector<RecipeDifference>& differences) {
  Json differ = Json::object(), ended = Json::array();
  for (const RecipeDifference& one : differences) differ[one.key] = one.values;
  for (const Compared& run : runs) {
    Json ending = {{"run", run.summary.folder.string()},
                   {"metric", run.summary.metric},
                   {"best", orNull(run.summary.best)},
                   {"seconds", run.summary.seconds},
                   {"trainingImages", orNull(run.images.training)},
                   {"validationImages", orNull(run.images.validation)}};
    for (const auto& [name, value] : endingOf(run)) {
      if (name != "time") ending[name] = value;
    }
    ended.push_back(ending);
  }
  return {{"differences", differ}, {"runs", ended}};
}

Result<void> compareRuns(const CompareArguments& arguments) {
  const Result<std::vector<Compared>> runs = readAll(arguments.runs);
  if (!runs) return fail(runs.error());
  std::vector<Json> recipes;
  for (const Compared& run : *runs) recipes.push_back(run.log.recipe);
  const std::vector<RecipeDifference> differences = differencesOf(recipes);
  if (arguments.json) {
    std::cout << dumpJson(jsonOf(*runs, differences)) << "\n";
    return {};
  }
  TextRow head = {"recipe"};
  for (const Compared& run : *runs) head.push_back(run.summary.folder.string());
  std::vector<TextRow> rows;
  for (const RecipeDifference& one : differences) {
    rows.push_back({one.key});
    for (const Json& value : one.values) rows.back().push_back(written(value));
  }
  if (rows.empty()) {
    std::cout << "the recipes are the same\n";
  } else {
    std::cout << textTable(head, rows);
  }
  head.front() = "ended";
  std::cout << "\n" << textTable(head, endingRows(*runs)) << imagesLine(*runs);
  return {};
}

}  // namespace

Action configureCompare(CLI::App& command) {
  auto arguments = std::make_shared<CompareArguments>();
  command.add_option("RUN", arguments->runs, "Two runs or more")->required()->expected(2, 64);
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "Scores are those of validation during training; compare runs on the same data only.\n"
      "Example: limbus compare runs/first runs/second");
  return [arguments] { return compareRuns(*arguments); };
}

}  // namespace limbus
