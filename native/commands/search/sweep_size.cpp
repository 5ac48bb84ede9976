// limbus sweep-size: what a network's size buys, as a curve of score over cost.
#include <algorithm>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/parts/recipe_cost.h"
#include "native/commands/search/trial_runs.h"
#include "native/report/plot.h"
#include "native/report/text_table.h"
#include "native/system/files.h"

namespace limbus {
namespace {

struct SweepArguments {
  TrialOptions trials;
  std::string key = "net.width";
  std::vector<std::string> values;
};

struct Size {
  std::string value;
  RecipeCost cost;
  Trial trial;
};

// One folder name for each value: "net.width=12".
std::string folderName(std::string assignment) {
  for (char& c : assignment) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '-' || c == '=' || c == '_';
    if (!plain) c = '_';
  }
  return assignment;
}

Result<std::vector<Size>> sizesOf(const SweepArguments& arguments) {
  std::vector<Size> sizes;
  for (const std::string& value : arguments.values) {
    const std::string assignment = arguments.key + "=" + value;
    std::vector<std::string> overrides = arguments.trials.overrides;
    overrides.push_back(assignment);
    const Result<Recipe> recipe = readRecipe(arguments.trials.recipe, overrides);
    if (!recipe) return fail(ErrorCode::badArgument, assignment + ": " + recipe.error().message);
    const Result<RecipeCost> cost = costOf(*recipe);
    if (!cost) return fail(ErrorCode::badArgument, assignment + ": " + cost.error().message);
    const std::string name = folderName(assignment);
    for (const Size& other : sizes) {
      if (other.trial.name != name) continue;
      return fail(ErrorCode::badArgument,
                  "--values: '" + value + "' and '" + other.value + "' are the same");
    }
    sizes.push_back({value, *cost, {.name = name, .set = {assignment}}});
  }
  return sizes;
}

Json jsonOf(const Size& size, const TrialResult& result) {
  Json json = {{"value", size.value},
               {"parameters", size.cost.parameters},
               {"multiplyAdds", size.cost.multiplyAdds}};
  json.update(result.toJson());
  return json;
}

// DIR/parameters.svg and DIR/multiply-adds.svg, over the sizes in their order of cost.
Result<void> draw(const SweepArguments& arguments, const std::vector<Size>& sizes,
                  const std::vector<TrialResult>& results, const std::string& metric) {
  struct Curve {
    const char *file, *label;
    std::int64_t RecipeCost::*cost;
    double unit;
  };
  for (const Curve& curve :
       {Curve{"parameters.svg", "learned parameters, thousands", &RecipeCost::parameters, 1e3},
        Curve{"multiply-adds.svg", "multiply-adds, millions", &RecipeCost::multiplyAdds, 1e6}}) {
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (!results[i].best) continue;
      points.emplace_back(static_cast<double>(sizes[i].cost.*curve.cost) / curve.unit,
                          *results[i].best);
    }
    std::sort(points.begin(), points.end());
    PlotLine line{metric, {}, {}};
    for (const auto& [x, y] : points) {
      line.x.push_back(x);
      line.y.push_back(y);
    }
    const Plot plot{metric + " over " + arguments.key, curve.label, metric, {line}, false, true};
    const auto written = writeBytes(arguments.trials.out / curve.file, svgOf(plot));
    if (!written) return written;
  }
  return {};
}

Result<void> runSweep(const SweepArguments& arguments) {
  const Result<std::vector<Size>> sizes = sizesOf(arguments);
  if (!sizes) return fail(sizes.error());
  Result<TrialRuns> runs = TrialRuns::open(arguments.trials, {{"key", arguments.key}});
  if (!runs) return fail(runs.error());
  std::vector<Trial> trials;
  for (const Size& size : *sizes) trials.push_back(size.trial);
  const Result<std::vector<TrialResult>> results = runs->run(trials);
  if (!results) return fail(results.error());
  const bool any = std::any_of(results->begin(), results->end(),
                               [](const TrialResult& one) { return one.best.has_value(); });
  if (!any) {
    return fail(ErrorCode::badData, "all sizes failed; the first: " + results->front().error);
  }
  const std::string metric = runs->metric().name;
  if (auto drawn = draw(arguments, *sizes, *results, metric); !drawn) return drawn;
  Json table = Json::array();
  std::vector<TextRow> rows;
  for (std::size_t i = 0; i < sizes->size(); ++i) {
    const Size& size = (*sizes)[i];
    const TrialResult& result = (*results)[i];
    table.push_back(jsonOf(size, result));
    rows.push_back({size.value, std::to_string(size.cost.parameters),
                    std::to_string(size.cost.multiplyAdds),
                    result.best ? shownNumber(*result.best) : "-",
                    result.best ? "" : "failed: " + result.error});
  }
  if (arguments.trials.json) {
    std::cout << dumpJson({{"key", arguments.key}, {"metric", metric}, {"sizes", table}}) << "\n";
    return {};
  }
  std::cout << "\n"
            << textTable({arguments.key, "parameters", "multiply-adds", metric, "note"}, rows)
            << "\ndrawn: " << (arguments.trials.out / "parameters.svg").string() << ", "
            << (arguments.trials.out / "multiply-adds.svg").string() << "\n";
  return {};
}

}  // namespace

Action configureSweepSize(CLI::App& command) {
  auto arguments = std::make_shared<SweepArguments>();
  command.add_option("RECIPE", arguments->trials.recipe, "What to train")->required();
  command.add_option("--key", arguments->key, "The key of the recipe that the size hangs on")
      ->capture_default_str();
  command.add_option("--values", arguments->values, "What to try there: 4,8,16")
      ->required()
      ->delimiter(',')
      ->type_name("V,V,...");
  addTrialOptions(command, arguments->trials);
  command.footer(
      "Trains the recipe once for each value; --resume goes on, also with more values.\n"
      "Example: limbus sweep-size models/recipes/eye-s.json --key net.width --values 8,12,16,24 "
      "--out runs/sizes");
  return [arguments] {
    Result<void> other = overrideDataset(arguments->trials);
    return other ? runSweep(*arguments) : other;
  };
}

}  // namespace limbus
