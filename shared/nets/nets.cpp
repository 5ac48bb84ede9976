#include "shared/nets/nets.h"

#include <cmath>

#include "shared/nets/architectures.h"

namespace limbus {
namespace {

// Shortest text of an option value: "18", "0.25".
std::string optionText(double value) {
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string knownNets() {
  std::string names;
  for (const NetRow& row : nets()) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

std::string knownOptions(const NetRow& row) {
  std::string names;
  for (const NetOption& option : row.options) {
    names += (names.empty() ? "" : ", ") + std::string(option.name);
  }
  return names;
}

Result<NetOptions> completeOptions(const NetRow& row, const NetOptions& given) {
  NetOptions complete;
  for (const NetOption& option : row.options) complete[option.name] = option.defaultValue;
  for (const auto& [name, value] : given) {
    if (!complete.count(name)) {
      return fail(ErrorCode::badArgument, std::string(row.name) + " has no option '" + name +
                                              "'; it has: " + knownOptions(row));
    }
    complete[name] = value;
  }
  for (const NetOption& option : row.options) {
    const double value = complete[option.name];
    if (value >= option.minimum && value <= option.maximum && value == std::floor(value)) continue;
    return fail(ErrorCode::badArgument,
                std::string(row.name) + " option '" + option.name +
                    "' must be a whole number in [" + optionText(option.minimum) + "," +
                    optionText(option.maximum) + "], got " + optionText(value));
  }
  return complete;
}

}  // namespace

const std::vector<NetRow>& nets() {
  static const std::vector<NetRow> rows = {
      dabnetRow(),
      eyeSRow(),
      ritnetRow(),
      unetRow(),
  };
  return rows;
}

Result<Graph> buildNet(const std::string& name, const NetOptions& options) {
  for (const NetRow& row : nets()) {
    if (name != row.name) continue;
    const Result<NetOptions> complete = completeOptions(row, options);
    if (!complete) return fail(complete.error());
    Graph graph = row.build(*complete);
    if (auto ok = validate(graph); !ok) return fail(ok.error());
    return graph;
  }
  return fail(ErrorCode::badArgument, "unknown net '" + name + "'; known: " + knownNets());
}

}  // namespace limbus
