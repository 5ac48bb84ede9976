// limbus list: the tables that everything is made from.
#include "native/commands/list.h"

#include <cstdio>
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/commands/parts/option_lines.h"
#include "native/data/augment/augment.h"
#include "native/data/dataset.h"
#include "native/infer/modes.h"
#include "native/infer/smoothing.h"
#include "native/infer/submission.h"
#include "native/infer/views.h"
#include "native/train/best_metric.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/schedules.h"
#include "shared/eyes/eyes.h"
#include "shared/input_presets.h"
#include "shared/json_reader.h"
#include "shared/metrics/metrics.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/ops/summary.h"

namespace limbus {
namespace {

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

struct Cost {
  std::int64_t parameters = 0, multiplyAdds = 0;
};

// With the usual options, for an image of the size that Limbus is made for.
std::optional<Cost> costOf(const Result<Graph>& graph) {
  if (!graph) return std::nullopt;
  const auto multiplyAdds = countMultiplyAdds(*graph, {1, graph->inputChannels, 640, 400});
  if (!multiplyAdds) return std::nullopt;
  return Cost{countParameters(*graph), *multiplyAdds};
}

std::optional<Cost> netCost(const std::string& name) { return costOf(buildNet(name)); }

std::optional<Cost> encoderCost(const std::string& name) {
  Builder b(name, 3);
  const Features features = encode(b, chosen(encoders(), name.c_str()));
  return costOf(b.finish(features.back().value));
}

std::string gmacText(const Cost& cost) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", static_cast<double>(cost.multiplyAdds) / 1e9);
  return text;
}

struct ListedKind {
  const char* name;
  std::vector<RowDescription> (*rows)();
  std::optional<Cost> (*cost)(const std::string& name) = nullptr;  // null: it costs nothing

  std::optional<Cost> costOfRow(const RowDescription& row) const {
    return cost == nullptr ? std::nullopt : cost(row.name);
  }
};

const std::vector<ListedKind>& kinds() {
  static const std::vector<ListedKind> rows = {
      {"nets", [] { return withOptions(nets()); }, netCost},
      {"encoders", [] { return withOptions(encoders()); }, encoderCost},
      {"losses", [] { return withOptions(losses()); }},
      {"schedules", [] { return withOptions(schedules()); }},
      {"optimizers", [] { return withOptions(optimizers()); }},
      {"datasets", [] { return withOptions(datasets()); }},
      {"augmentations", [] { return withOptions(augmentations()); }},
      {"conventions", [] { return plain(conventions()); }},
      {"metrics", [] { return plain(bestMetrics()); }},
      {"modes", [] { return withOptions(modes()); }},
      {"views", [] { return plain(views()); }},
      {"smoothings", [] { return withOptions(smoothings()); }},
      {"submissions", [] { return withOptions(submissions()); }},
      {"presets", presetRows},
      {"input-presets", [] { return plain(inputPresets()); }},
  };
  return rows;
}

std::string text(const ListedKind& kind) {
  std::vector<RowDescription> rows = kind.rows();
  for (RowDescription& row : rows) {
    if (const auto cost = kind.costOfRow(row)) {
      row.summary += "; " + std::to_string(cost->parameters) + " parameters, " + gmacText(*cost) +
                     " GMAC for 400x640";
    }
  }
  return std::string(kind.name) + "\n" + rowLines(rows, "  ");
}

Json optionJson(const OptionDescription& option) {
  Json json = {{"name", option.key}, {"type", option.type()}, {"default", option.byDefault}};
  json["help"] = option.help;
  for (const OptionDescription& field : option.fields) {
    json["options"].push_back(optionJson(field));
  }
  return json;
}

Json jsonOf(const ListedKind& kind) {
  Json rows = Json::array();
  for (const RowDescription& line : kind.rows()) {
    Json row = {{"name", line.name}, {"summary", line.summary}};
    if (const auto cost = kind.costOfRow(line)) {
      row["parameters"] = cost->parameters;
      row["multiplyAdds"] = cost->multiplyAdds;
    }
    for (const OptionDescription& option : line.options) {
      row["options"].push_back(optionJson(option));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::string markdownTable(const std::string& table) {
  for (const ListedKind& kind : kinds()) {
    if (kind.name != table) continue;
    const bool costs = kind.cost != nullptr;
    std::string text = costs ? "| name | parameters | GMAC | what |\n|---|---:|---:|---|\n"
                             : "| name | what |\n|---|---|\n";
    for (const RowDescription& row : kind.rows()) {
      text += "| `" + row.name + "` | ";
      if (const auto cost = kind.costOfRow(row)) {
        text += std::to_string(cost->parameters) + " | " + gmacText(*cost) + " | ";
      } else if (costs) {
        text += "| | ";
      }
      text += row.summary + " |\n";
    }
    return text;
  }
  return "";
}

std::vector<std::string> listedNames(const std::string& table) {
  std::vector<std::string> names;
  for (const ListedKind& kind : kinds()) {
    if (kind.name != table) continue;
    for (const RowDescription& row : kind.rows()) names.push_back(row.name);
  }
  return names;
}

Action configureList(CLI::App& command) {
  auto chosen = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false), markdown = std::make_shared<bool>(false);
  const std::vector<std::string> names = namesOf(kinds());
  command.add_option("KIND", *chosen, "One of: " + joinNames(names) + "; all without it")
      ->check(CLI::Validator(
          [names](std::string& kind) {
            return findRow(kinds(), kind) == nullptr ? unknownName("kind", kind, names) : "";
          },
          "{" + CLI::detail::join(names, ",") + "}"));
  auto* const asJson = command.add_flag("--json", *json, "Print as JSON");
  command.add_flag("--markdown", *markdown, "Print as Markdown tables, without options")
      ->excludes(asJson);
  command.footer(
      "Examples:\n"
      "  limbus list losses\n"
      "  limbus list nets --markdown");
  return [chosen, json, markdown]() -> Result<void> {
    Json all = Json::object();
    for (const ListedKind& kind : kinds()) {
      if (!chosen->empty() && *chosen != kind.name) continue;
      if (*json) {
        all[kind.name] = jsonOf(kind);
      } else {
        std::cout << (*markdown ? markdownTable(kind.name) : text(kind));
      }
    }
    if (*json) std::cout << dumpJson(all) << "\n";
    return {};
  };
}

}  // namespace limbus
