// limbus data audit: all that is wrong with a data set.
#include "native/data/audit.h"

#include <algorithm>
#include <iostream>
#include <memory>

#include "native/commands/data/data.h"
#include "native/commands/data/source.h"
#include "native/commands/parts/count_bar.h"
#include "native/system/text.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

struct AuditArguments {
  DataSourceOptions source;
  int show = 10;
  bool json = false;
};

Json jsonOf(const Audit& audit) {
  Json kinds = Json::array();
  for (const AuditKind& kind : audit.kinds) {
    kinds.push_back({{"kind", kind.name},
                     {"title", inNumber(kind.items.size(), kind.title)},
                     {"problem", kind.isProblem},
                     {"count", kind.items.size()},
                     {"items", kind.items}});
  }
  return {{"images", audit.images}, {"problems", audit.problems()}, {"kinds", kinds}};
}

void print(const Audit& audit, std::size_t show) {
  for (const AuditKind& kind : audit.kinds) {
    if (kind.items.empty()) continue;
    std::cout << counted(kind.items.size(), kind.title) << (kind.isProblem ? ":" : " (a note):")
              << "\n";
    for (std::size_t i = 0; i < std::min(show, kind.items.size()); ++i) {
      std::cout << "  " << kind.items[i] << "\n";
    }
    if (kind.items.size() > show) std::cout << "  and " << kind.items.size() - show << " more\n";
  }
}

Result<void> auditData(const AuditArguments& arguments) {
  const Result<OpenedData> data = openDataSource(arguments.source);
  if (!data) return fail(data.error());
  std::vector<AuditPart> parts;
  for (const OpenedSplit& split : data->splits) {
    parts.push_back({split.split, split.samples.get()});
  }
  Result<Audit> audit;
  {
    CountBar bar("reading", data->size());
    audit = auditOf(parts, [&] { bar.step(); });
  }
  if (!audit) return fail(audit.error());
  audit->kinds.push_back({"leftOut", "{split is|splits are} left out", false, data->leftOut});
  if (arguments.json) {
    std::cout << dumpJson(jsonOf(*audit)) << "\n";
  } else {
    print(*audit, static_cast<std::size_t>(arguments.show));
  }
  const std::string images = countOf(audit->images, "image");
  if (audit->problems() > 0) {
    return fail(ErrorCode::badData, countOf(audit->problems(), "problem") + " in " + images);
  }
  if (!arguments.json) std::cout << "no problems in " << images << "\n";
  return {};
}

}  // namespace

Action configureDataAudit(CLI::App& command) {
  auto arguments = std::make_shared<AuditArguments>();
  addDataSourceOptions(command, arguments->source);
  command.add_option("--show", arguments->show, "How many of each kind are named")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command.add_flag("--json", arguments->json, "Print all of them as JSON");
  command.footer(
      "Files that cannot be read, masks of another size or with labels that are not classes, "
      "images "
      "that are in two splits, or nearly, and groups (subjects, sequences) that are. The exit code "
      "is 1 when there is one. Notes are masks of one class alone or that seem to number objects, "
      "classes in one image alone or in none, repeated images, and splits that cannot be opened.\n"
      "Example: limbus data audit data/eyes --recipe models/recipes/openeds2019-dabnet.json");
  return [arguments] { return auditData(*arguments); };
}

}  // namespace limbus
