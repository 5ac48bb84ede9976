// limbus list: the tables that everything is made from.
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/data/augment.h"
#include "native/data/dataset.h"
#include "native/train/best_metric.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/schedules.h"
#include "shared/eyes/eyes.h"
#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct OptionLine {
  std::string name;
  double byDefault = 0;
  std::string help;
};

struct Line {
  std::string name, summary;
  std::vector<OptionLine> options;
};

struct Kind {
  const char* name;
  std::vector<Line> (*lines)();
};

template <class Rows>
std::vector<Line> plain(const Rows& rows) {
  std::vector<Line> lines;
  for (const auto& row : rows) lines.push_back({row.name, row.summary, {}});
  return lines;
}

template <class Rows>
std::vector<Line> withOptions(const Rows& rows) {
  std::vector<Line> lines;
  for (const auto& row : rows) {
    Line line{row.name, row.summary, {}};
    for (const auto& option : row.options) {
      line.options.push_back({option.name, option.defaultValue, option.help});
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Line> presetLines() {
  std::vector<Line> lines;
  for (const EyePresetRow& row : eyePresets()) {
    lines.push_back(
        {row.name,
         std::to_string(row.width) + "x" + std::to_string(row.height) + ", " + row.summary,
         {}});
  }
  return lines;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> rows = {
      {"nets", [] { return withOptions(nets()); }},
      {"losses", [] { return withOptions(losses()); }},
      {"schedules", [] { return withOptions(schedules()); }},
      {"optimizers", [] { return withOptions(optimizers()); }},
      {"datasets", [] { return plain(datasets()); }},
      {"augmentations", [] { return withOptions(augmentations()); }},
      {"conventions", [] { return plain(conventions()); }},
      {"metrics", [] { return plain(bestMetrics()); }},
      {"presets", presetLines},
  };
  return rows;
}

void print(const Kind& kind) {
  std::size_t width = 0;
  const std::vector<Line> lines = kind.lines();
  for (const Line& line : lines) width = std::max(width, line.name.size());
  std::cout << kind.name << "\n";
  for (const Line& line : lines) {
    std::cout << "  " << line.name << std::string(width + 2 - line.name.size(), ' ') << line.summary
              << "\n";
    for (const OptionLine& option : line.options) {
      std::cout << std::string(width + 6, ' ') << option.name << " (" << option.byDefault << ")  "
                << option.help << "\n";
    }
  }
}

Json jsonOf(const Kind& kind) {
  Json rows = Json::array();
  for (const Line& line : kind.lines()) {
    Json row = {{"name", line.name}, {"summary", line.summary}};
    for (const OptionLine& option : line.options) {
      row["options"].push_back(
          {{"name", option.name}, {"default", option.byDefault}, {"help", option.help}});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Action configureList(CLI::App& command) {
  auto chosen = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  command.add_option("KIND", *chosen, "One of: " + joinNames(names) + "; all without it")
      ->check(CLI::IsMember(names));
  command.add_flag("--json", *json, "Print as JSON");
  command.footer("Example: limbus list losses");
  return [chosen, json]() -> Result<void> {
    Json all = Json::object();
    for (const Kind& kind : kinds()) {
      if (!chosen->empty() && *chosen != kind.name) continue;
      if (*json) {
        all[kind.name] = jsonOf(kind);
      } else {
        print(kind);
      }
    }
    if (*json) std::cout << dumpJson(all) << "\n";
    return {};
  };
}

}  // namespace limbus
