// limbus plot-schedule: the learning rate of a recipe over its run, as a picture.
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/report/plot.h"
#include "native/system/files.h"
#include "native/train/recipe/recipe.h"

namespace limbus {
namespace {

struct PlotArguments {
  std::filesystem::path recipe, out;
  std::vector<std::string> overrides;
  int stepsPerEpoch = 100;
  bool force = false;
};

// Every step, or as many as a picture shows.
constexpr std::int64_t kMostPoints = 2000;

struct Curves {
  PlotLine rate{"learning rate", {}, {}}, momentum{"momentum", {}, {}};
};

Curves curvesOf(const Recipe& recipe, int stepsPerEpoch) {
  const std::int64_t total = static_cast<std::int64_t>(recipe.epochs) * stepsPerEpoch;
  const std::int64_t points = std::min(total, kMostPoints);
  Curves curves;
  for (std::int64_t i = 0; i < points; ++i) {
    const Moment now{.step = points == 1 ? 0 : i * (total - 1) / (points - 1),
                     .totalSteps = total,
                     .stepsPerEpoch = stepsPerEpoch};
    const Rates rates = ratesAt(recipe.schedule, now, recipe.warmup);
    curves.rate.x.push_back(now.epoch());
    curves.rate.y.push_back(rates.lr);
    if (!rates.beta1) continue;
    curves.momentum.x.push_back(now.epoch());
    curves.momentum.y.push_back(*rates.beta1);
  }
  return curves;
}

Result<void> runPlot(const PlotArguments& arguments) {
  const Result<Recipe> recipe = readRecipe(arguments.recipe, arguments.overrides);
  if (!recipe) return fail(recipe.error());
  if (auto free = checkOutput(arguments.out, arguments.force); !free) return free;
  const Curves curves = curvesOf(*recipe, arguments.stepsPerEpoch);
  const std::string title = recipe->name + ": " + recipe->schedule.name() +
                            (recipe->warmup ? " behind a warm-up" : "") + ", " +
                            std::to_string(recipe->epochs) + " epochs";
  const auto written =
      writeBytes(arguments.out, svgOf({title, "epochs", "learning rate", {curves.rate}}));
  if (!written) return written;
  const auto [least, most] = std::minmax_element(curves.rate.y.begin(), curves.rate.y.end());
  std::cout << arguments.out.string() << ": learning rate from " << curves.rate.y.front()
            << ", at most " << *most << ", at least " << *least << ", last "
            << curves.rate.y.back();
  if (!curves.momentum.y.empty()) {
    const auto [low, high] =
        std::minmax_element(curves.momentum.y.begin(), curves.momentum.y.end());
    std::cout << "; momentum from " << *low << " to " << *high;
  }
  std::cout << "\n";
  if (recipe->schedule.name() == std::string("plateau")) {
    std::cout << "plateau falls by what validation gives: drawn as if that always improved\n";
  }
  return {};
}

}  // namespace

Action configurePlotSchedule(CLI::App& command) {
  auto arguments = std::make_shared<PlotArguments>();
  command.add_option("RECIPE", arguments->recipe, "Whose schedule")->required();
  command.add_option("--out", arguments->out, "The picture")->required()->type_name("FILE.svg");
  command.add_option("--set", arguments->overrides, "Override a value, as in limbus train")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command
      .add_option("--steps-per-epoch", arguments->stepsPerEpoch,
                  "Images over batch: what a warm-up in steps is measured by")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  command.add_flag("--force", arguments->force, "Replace an existing file");
  command.footer(
      "Example: limbus plot-schedule models/recipes/eye-s.json --set schedule=oneCycle --out "
      "lr.svg");
  return [arguments] { return runPlot(*arguments); };
}

}  // namespace limbus
