// limbus list: the tables that everything is made from.
#include "native/commands/list.h"

#include <cstdio>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/option_lines.h"
#include "native/data/augment.h"
#include "native/data/dataset.h"
#include "native/train/best_metric.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/schedules.h"
#include "shared/eyes/eyes.h"
#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/ops/summary.h"

namespace limbus {
namespace {

struct Kind {
  const char* name;
  std::vector<RowDescription> (*rows)();
};

template <class Rows>
std::vector<RowDescription> plain(const Rows& rows) {
  std::vector<RowDescription> lines;
  for (const auto& row : rows) lines.push_back({row.name, row.summary, {}});
  return lines;
}

template <class Rows>
std::vector<RowDescription> withOptions(const Rows& rows) {
  std::vector<RowDescription> lines;
  for (const auto& row : rows) {
    lines.push_back({row.name, row.summary, describeOptions(row.options)});
  }
  return lines;
}

std::vector<RowDescription> presetRows() {
  std::vector<RowDescription> lines;
  for (const EyePresetRow& row : eyePresets()) {
    lines.push_back(
        {row.name,
         std::to_string(row.width) + "x" + std::to_string(row.height) + ", " + row.summary,
         {}});
  }
  return lines;
}

// What each costs with its usual options, at the size of the images that Limbus is made for.
std::vector<RowDescription> netRows() {
  std::vector<RowDescription> lines = withOptions(nets());
  for (RowDescription& line : lines) {
    const Result<Graph> graph = buildNet(line.name);
    if (!graph) continue;
    const auto cost = countMultiplyAdds(*graph, {1, graph->inputChannels, 640, 400});
    if (!cost) continue;
    char text[80];
    std::snprintf(text, sizeof text, "; %lld parameters, %.3g GMAC for 400x640",
                  static_cast<long long>(countParameters(*graph)),
                  static_cast<double>(*cost) / 1e9);
    line.summary += text;
  }
  return lines;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> rows = {
      {"nets", netRows},
      {"encoders", [] { return withOptions(encoders()); }},
      {"losses", [] { return withOptions(losses()); }},
      {"schedules", [] { return withOptions(schedules()); }},
      {"optimizers", [] { return withOptions(optimizers()); }},
      {"datasets", [] { return withOptions(datasets()); }},
      {"augmentations", [] { return withOptions(augmentations()); }},
      {"conventions", [] { return plain(conventions()); }},
      {"metrics", [] { return plain(bestMetrics()); }},
      {"presets", presetRows},
  };
  return rows;
}

void print(const Kind& kind) { std::cout << kind.name << "\n" << rowLines(kind.rows(), "  "); }

Json optionJson(const OptionDescription& option) {
  Json json = {{"name", option.key}, {"type", option.type()}, {"default", option.byDefault}};
  json["help"] = option.help;
  for (const OptionDescription& field : option.fields) {
    json["options"].push_back(optionJson(field));
  }
  return json;
}

Json jsonOf(const Kind& kind) {
  Json rows = Json::array();
  for (const RowDescription& line : kind.rows()) {
    Json row = {{"name", line.name}, {"summary", line.summary}};
    for (const OptionDescription& option : line.options) {
      row["options"].push_back(optionJson(option));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<std::string> listedNames(const std::string& table) {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) {
    if (kind.name != table) continue;
    for (const RowDescription& row : kind.rows()) names.push_back(row.name);
  }
  return names;
}

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
