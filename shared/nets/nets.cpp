#include "shared/nets/nets.h"

#include "shared/nets/architectures.h"
#include "shared/ops/shapes.h"

namespace limbus {
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
  if (row == nullptr) {
    return fail(ErrorCode::badArgument, unknownName("net", name, namesOf(nets())));
  }
  const Result<OptionValues> complete =
      completeOptions(row->name, row->options, options, Numbers::whole);
  if (!complete) return fail(complete.error());
  Graph graph = row->build(*complete);
  if (auto ok = validate(graph); !ok) return fail(ok.error());
  return graph;
}

}  // namespace limbus
