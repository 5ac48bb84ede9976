// limbus tune: a search for values of a recipe, by random draws, with or without successive
// halving.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/parts/exit_code.h"
#include "native/commands/search/trial_runs.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/tune/halving.h"
#include "native/tune/space.h"

namespace limbus {
namespace {

struct TuneArguments {
  TrialOptions trials;
  std::filesystem::path space;
  int count = 20, halving = 0;
  std::uint64_t seed = 1;
};

// Every value of the space must be one that the recipe takes, before hours are spent.
Result<void> checkSpace(const TuneArguments& arguments, const Space& space) {
  for (const Dimension& dimension : space) {
    if (arguments.halving > 0 && dimension.key == "epochs") {
      return fail(ErrorCode::badData,
                  arguments.space.string() + ": 'epochs' is what --halving sets; leave it out");
    }
  }
  for (const std::string& extreme : extremesOf(space)) {
    std::vector<std::string> overrides = arguments.trials.overrides;
    overrides.push_back(extreme);
    if (const auto recipe = readRecipe(arguments.trials.recipe, overrides); !recipe) {
      return fail(ErrorCode::badData,
                  arguments.space.string() + ": " + extreme + ": " + recipe.error().message);
    }
  }
  return {};
}

std::string trialName(const TuneArguments& arguments, int rung, int number) {
  char name[64];
  if (arguments.halving > 0) {
    std::snprintf(name, sizeof name, "rung-%d/trial-%04d", rung, number);
  } else {
    std::snprintf(name, sizeof name, "trial-%04d", number);
  }
  return name;
}

// Which trials the next rung has must not hang on what befell one of them.
Result<void> checkNoneStopped(const std::vector<TrialResult>& results) {
  const auto stopped = std::find_if(results.begin(), results.end(),
                                    [](const TrialResult& one) { return one.stopped; });
  if (stopped == results.end()) return {};
  leaveWith(kStoppedExit);
  return fail(ErrorCode::io,
              "the next rung waits for " + stopped->trial.name + ": " + stopped->error);
}

// All rungs, one behind the other; the results of all, those of later rungs first, the best first.
Result<std::vector<TrialResult>> search(const TuneArguments& arguments, const Space& space,
                                        TrialRuns& runs) {
  const bool higher = runs.metric().higherIsBetter;
  std::vector<int> numbers;
  for (int i = 1; i <= arguments.count; ++i) numbers.push_back(i);
  std::vector<TrialResult> all;
  int rung = 0;
  const std::vector<Rung> rungs = rungsOf(arguments.count, runs.recipe().epochs, arguments.halving);
  for (const Rung& plan : rungs) {
    numbers.resize(std::min(numbers.size(), static_cast<std::size_t>(plan.trials)));
    ++rung;
    std::vector<Trial> trials;
    for (const int number : numbers) {
      trials.push_back({.name = trialName(arguments, rung, number),
                        .rung = rung,
                        .set = drawTrial(space, arguments.seed, static_cast<std::uint32_t>(number)),
                        .epochs = arguments.halving > 0 ? plan.epochs : 0});
    }
    const Result<std::vector<TrialResult>> results = runs.run(trials);
    if (!results) return fail(results.error());
    if (rung < static_cast<int>(rungs.size())) {
      if (auto whole = checkNoneStopped(*results); !whole) return fail(whole.error());
    }
    std::vector<TrialResult> sorted = *results;
    sortByBest(sorted, higher);
    std::vector<int> next;
    for (const TrialResult& one : sorted) {
      if (!one.best) continue;
      const auto at = std::find_if(results->begin(), results->end(), [&](const TrialResult& other) {
        return other.trial.name == one.trial.name;
      });
      next.push_back(numbers[static_cast<std::size_t>(at - results->begin())]);
    }
    numbers = next;
    all.insert(all.begin(), sorted.begin(), sorted.end());
    if (numbers.empty()) break;
  }
  return all;
}

std::string valueOf(const std::string& assignment) {
  return assignment.substr(assignment.find('=') + 1);
}

void printTable(const std::vector<TrialResult>& results, const Space& space,
                const std::string& metric) {
  TextRow head = {"trial"};
  for (const Dimension& dimension : space) head.push_back(dimension.key);
  head.insert(head.end(), {"epochs", metric, "@epoch", "note"});
  std::vector<TextRow> rows;
  for (const TrialResult& one : results) {
    TextRow row = {one.trial.name};
    for (const std::string& set : one.trial.set) row.push_back(valueOf(set));
    row.push_back(one.best ? std::to_string(one.epochs) : "-");
    row.push_back(one.best ? shownNumber(*one.best) : "-");
    row.push_back(one.best ? std::to_string(one.bestEpoch) : "-");
    row.push_back(one.best ? "" : "failed: " + one.error);
    rows.push_back(std::move(row));
  }
  std::cout << "\n" << textTable(head, rows);
}

Result<void> runTune(const TuneArguments& arguments) {
  const Result<std::string> text = readBytes(arguments.space);
  if (!text) return fail(text.error());
  const Result<Space> space = parseSpace(*text, arguments.space.string());
  if (!space) return fail(space.error());
  if (auto fits = checkSpace(arguments, *space); !fits) return fits;
  // A search may go on with more trials, but then without halving: its rungs would be others.
  Json asked = {{"space", Json::parse(*text)}, {"seed", arguments.seed}};
  asked["halving"] = arguments.halving;
  if (arguments.halving > 0) asked["trials"] = arguments.count;
  Result<TrialRuns> runs = TrialRuns::open(arguments.trials, asked);
  if (!runs) return fail(runs.error());
  const Result<std::vector<TrialResult>> results = search(arguments, *space, *runs);
  if (!results) return fail(results.error());
  // Of the last rung that has one: longer trials may all have failed.
  const auto found = std::find_if(results->begin(), results->end(),
                                  [](const TrialResult& one) { return one.best.has_value(); });
  if (found == results->end()) {
    return fail(ErrorCode::badData, "all trials failed; the first: " + results->front().error);
  }
  const TrialResult& best = *found;
  std::vector<std::string> overrides = arguments.trials.overrides;
  overrides.insert(overrides.end(), best.trial.set.begin(), best.trial.set.end());
  const Result<Recipe> recipe = readRecipe(arguments.trials.recipe, overrides);
  if (!recipe) return fail(recipe.error());
  const std::filesystem::path file = arguments.trials.out / "best.json";
  if (auto written = writeBytes(file, completeJson(*recipe)); !written) return written;
  if (arguments.trials.json) {
    Json trials = Json::array();
    for (const TrialResult& one : *results) trials.push_back(one.toJson());
    std::cout << dumpJson({{"metric", runs->metric().name},
                           {"best", best.toJson()},
                           {"recipe", file.string()},
                           {"trials", trials}})
              << "\n";
    return {};
  }
  printTable(*results, *space, runs->metric().name);
  std::cout << "\nbest: " << (arguments.trials.out / best.trial.name).string() << ", "
            << runs->metric().name << " " << shownNumber(*best.best) << "; its recipe is "
            << file.string() << "\n";
  return {};
}

}  // namespace

Action configureTune(CLI::App& command) {
  auto arguments = std::make_shared<TuneArguments>();
  command.add_option("RECIPE", arguments->trials.recipe, "What to train")->required();
  command.add_option("SPACE", arguments->space, "A JSON file of recipe keys and what to try there")
      ->required();
  addTrialOptions(command, arguments->trials);
  command.add_option("--trials", arguments->count, "How many draws")
      ->type_name("N")
      ->check(CLI::Range(1, 9999))
      ->capture_default_str();
  command
      .add_option("--halving", arguments->halving,
                  "Successive halving: all trials for few epochs, the best 1/ETA of them anew for "
                  "ETA times as many, up to the recipe's; 0: all trials for all epochs")
      ->type_name("ETA")
      ->check(CLI::IsMember({0, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  command.add_option("--seed", arguments->seed, "Of the draws")->capture_default_str();
  command.footer(
      "SPACE says for each key a list of values or a range: {\"schedule.lr\": {\"low\": 0.0001, "
      "\"high\": 0.01,\n"
      "\"scale\": \"log\"}, \"batch\": {\"low\": 4, \"high\": 16, \"whole\": true}, \"net.width\": "
      "[8, 12, 16]}.\n"
      "Compared is the recipe's bestMetric. DIR holds trials.jsonl, best.json and a RUN for each "
      "trial.\n"
      "Example: limbus tune models/recipes/demo.json space.json --out runs/search --trials 27 "
      "--halving 3 --jobs 4");
  return [arguments] {
    Result<void> other = overrideDataset(arguments->trials);
    return other ? runTune(*arguments) : other;
  };
}

}  // namespace limbus
