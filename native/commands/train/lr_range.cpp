// limbus lr-range: between which learning rates a recipe learns.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

#include "native/commands/commands.h"
#include "native/commands/data/other_dataset.h"
#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/recipe_teacher.h"
#include "native/commands/parts/score_json.h"
#include "native/report/plot.h"
#include "native/report/terminal_picture.h"
#include "native/report/text_table.h"
#include "native/system/files.h"
#include "native/train/rate_range.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

constexpr int kColumns = 60, kRows = 10;
constexpr int kBlue = 4;  // of the terminal's colours

struct RangeArguments {
  std::filesystem::path recipe, csv, svg;
  OtherDataset other;
  std::vector<std::string> overrides;
  std::string init;
  TrainRequest request;
  RateRangeRules rules;
  bool force = false, json = false;
};

std::string short3(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

struct LossSpan {
  double low = std::numeric_limits<double>::infinity(),
         high = -std::numeric_limits<double>::infinity();
};

// Up to where the loss began, or the little above it that shows the turn: what has diverged would
// flatten all before it.
LossSpan spanOf(const RateRange& range) {
  LossSpan span;
  for (const RatePoint& point : range.points) span.low = std::min(span.low, point.smoothed);
  const double first = range.points.front().smoothed;
  span.high = first + std::max(0.25 * (first - span.low), 1e-3 * std::abs(first));
  return span;
}

// For what is no terminal: without the sequences that colour it.
std::string plain(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\033') {
      out += text[i];
      continue;
    }
    i = std::min(text.find('m', i), text.size());
  }
  return out;
}

// Rates are evenly spaced on the logarithm, as the chart wants it. A test that diverged has fewer.
void printChart(const RateRange& range) {
  const LossSpan span = spanOf(range);
  std::vector<double> smoothed;
  for (const RatePoint& point : range.points) smoothed.push_back(point.smoothed);
  const std::vector<std::string> lines =
      brailleChart({{std::move(smoothed), kBlue}}, span.low, span.high, kColumns, kRows);
  const bool coloured = isatty(STDOUT_FILENO) != 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    char scale[32] = "          ";
    if (i == 0) std::snprintf(scale, sizeof scale, "%9.4g ", span.high);
    if (i + 1 == lines.size()) std::snprintf(scale, sizeof scale, "%9.4g ", span.low);
    std::cout << scale << (coloured ? lines[i] : plain(lines[i])) << "\n";
  }
  const std::string first = short3(range.points.front().lr), last = short3(range.points.back().lr);
  const int gap = std::max(1, kColumns - static_cast<int>(first.size() + last.size()));
  std::cout << std::string(10, ' ') << first << std::string(static_cast<std::size_t>(gap), ' ')
            << last << "  learning rate\n";
}

std::string csvOf(const RateRange& range) {
  std::string text = "step,lr,loss,smoothed\n";
  for (std::size_t i = 0; i < range.points.size(); ++i) {
    const RatePoint& point = range.points[i];
    text += std::to_string(i) + "," + showNumber(point.lr) + "," + showNumber(point.loss) + "," +
            showNumber(point.smoothed) + "\n";
  }
  return text;
}

std::string svgOfRange(const RateRange& range, const std::string& name) {
  PlotLine line{"smoothed loss", {}, {}};
  const LossSpan span = spanOf(range);
  for (const RatePoint& point : range.points) {
    if (point.smoothed > span.high) continue;
    line.x.push_back(std::log10(point.lr));
    line.y.push_back(point.smoothed);
  }
  return svgOf({.title = name + ": learning-rate range test",
                .xLabel = "logarithm (base 10) of the learning rate",
                .yLabel = "smoothed loss",
                .lines = {std::move(line)},
                .fromZero = false});
}

Json jsonOf(const RateRange& range) {
  Json points = Json::array();
  for (const RatePoint& point : range.points) {
    points.push_back({{"lr", point.lr}, {"loss", point.loss}, {"smoothed", point.smoothed}});
  }
  return {{"steepest", orNull(range.steepest)},
          {"belowLeast", orNull(range.belowLeast)},
          {"diverged", range.diverged},
          {"points", std::move(points)}};
}

void printAdvice(const RateRange& range) {
  if (!range.belowLeast) {
    std::cout << "the loss never fell: try another --low, more --steps, or look at the data\n";
    return;
  }
  std::cout << "the loss falls ";
  if (range.steepest) std::cout << "fastest at " << short3(*range.steepest) << ", ";
  std::cout << "until " << short3(10 * *range.belowLeast) << "\n"
            << "try --set schedule.lr=" << short3(*range.belowLeast)
            << ": a tenth of where it is least";
  if (!range.diverged && range.points.back().lr <= 20 * *range.belowLeast) {
    std::cout << "; it had not turned yet, a higher --high may show more";
  }
  std::cout << "\n";
}

Result<void> runRange(RangeArguments& arguments) {
  const RateRangeRules& rules = arguments.rules;
  if (!(rules.low < rules.high)) {
    return fail(ErrorCode::badArgument, "--low: expected less than --high (" + short3(rules.high) +
                                            "), got " + short3(rules.low));
  }
  for (const std::filesystem::path& out : {arguments.csv, arguments.svg}) {
    if (out.empty()) continue;
    if (auto free = checkOutputFile(out, arguments.force); !free) return free;
  }
  if (auto other = overrideDataset(arguments.other, arguments.recipe, arguments.request.data,
                                   arguments.overrides);
      !other) {
    return other;
  }
  Result<Recipe> recipe = readRecipe(arguments.recipe, arguments.overrides);
  if (!recipe) return fail(recipe.error());
  TrainRequest& request = arguments.request;
  request.recipe = std::move(*recipe);
  request.openTeacher = openRecipeTeacher;
  if (!arguments.init.empty()) request.init = arguments.init;
  std::optional<CountBar> bar;
  bar.emplace("step", static_cast<std::size_t>(rules.steps));
  const Result<RateRange> range = testRates(request, rules, [&] { bar->step(); });
  bar.reset();
  if (!range) return fail(range.error());
  if (!arguments.csv.empty()) {
    if (auto written = writeBytes(arguments.csv, csvOf(*range)); !written) return written;
  }
  if (!arguments.svg.empty()) {
    const std::string svg = svgOfRange(*range, request.recipe.name);
    if (auto written = writeBytes(arguments.svg, svg); !written) return written;
  }
  if (arguments.json) {
    std::cout << dumpJson(jsonOf(*range)) << "\n";
    return {};
  }
  std::cout << range->points.size() << " steps" << (range->diverged ? ", then it diverged" : "")
            << "\n";
  printChart(*range);
  printAdvice(*range);
  return {};
}

}  // namespace

Action configureLrRange(CLI::App& command) {
  auto arguments = std::make_shared<RangeArguments>();
  RateRangeRules& rules = arguments->rules;
  command.add_option("RECIPE", arguments->recipe, "What would be trained")->required();
  command.add_option("--data", arguments->request.data,
                     "Folder of the data set; not needed for rendered eyes");
  addOtherDataset(command, arguments->other);
  command.add_option("--set", arguments->overrides, "Override a value, as in limbus train")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command.add_option("--device", arguments->request.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command.add_option("--init", arguments->init, "Start from these weights, as in limbus train");
  command.add_option("--low", rules.low, "The first rate")
      ->check(CLI::Range(1e-12, 1e3))
      ->capture_default_str();
  command.add_option("--high", rules.high, "The last rate")
      ->check(CLI::Range(1e-12, 1e3))
      ->capture_default_str();
  command.add_option("--steps", rules.steps, "Steps from one to the other")
      ->type_name("N")
      ->check(CLI::Range(10, 1000000))
      ->capture_default_str();
  command
      .add_option("--smoothing", rules.smoothing,
                  "Share of the loss's moving average that a step keeps")
      ->check(CLI::Range(0.0, 0.999))
      ->capture_default_str();
  command
      .add_option("--diverged", rules.diverged,
                  "End where the smoothed loss is so many times its least")
      ->check(CLI::Range(1.1, 1e9))
      ->capture_default_str();
  command.add_option("--csv", arguments->csv, "Also write step, rate and losses")
      ->type_name("FILE.csv");
  command.add_option("--svg", arguments->svg, "Also write the curve as a picture")
      ->type_name("FILE.svg");
  command.add_flag("--force", arguments->force, "Replace files that exist");
  command.add_flag("--json", arguments->json, "Print rates and losses as JSON");
  command.footer(
      "Trains for N steps with a rate that grows exponentially, and throws the net away: no RUN is "
      "made.\n"
      "Example: limbus lr-range models/recipes/eye-s.json --steps 200 --svg rates.svg");
  return [arguments] { return runRange(*arguments); };
}

}  // namespace limbus
