#include "shared/nets/nets.h"

#include <cmath>

#include "shared/nets/architectures.h"

namespace limbus {
namespace {

Result<OptionValues> wholeOptions(const NetRow& row, const OptionValues& given) {
  Result<OptionValues> complete = completeOptions(row.name, row.options, given);
  if (!complete) return complete;
  for (const auto& [name, value] : *complete) {
    if (value == std::floor(value)) continue;
    return fail(ErrorCode::badArgument, std::string(row.name) + " option '" + name +
                                            "' must be a whole number, got " + showNumber(value));
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

Result<Graph> buildNet(const std::string& name, const OptionValues& options) {
  const NetRow* row = findRow(nets(), name);
  if (row == nullptr)
    return fail(ErrorCode::badArgument, unknownName("net", name, namesOf(nets())));
  const Result<OptionValues> complete = wholeOptions(*row, options);
  if (!complete) return fail(complete.error());
  Graph graph = row->build(*complete);
  if (auto ok = validate(graph); !ok) return fail(ok.error());
  return graph;
}

}  // namespace limbus
