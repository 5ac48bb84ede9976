#include "native/data/sets/drawn.h"

#include <algorithm>

#include "native/system/utf8.h"
#include "shared/class_colours.h"

namespace limbus {

void DrawnOptions::describe(OptionVisitor& v) {
  PublishedOptions::describe(v);
  v.flag("apart", apart, "where objects of one class touch, a border of background parts them");
}

int placeOf(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<int>(found - names.begin());
  names.push_back(name);
  return static_cast<int>(names.size()) - 1;
}

Result<std::unique_ptr<Dataset>> openDrawn(std::vector<PairFiles> pairs,
                                           std::vector<std::string> names,
                                           const DatasetRequest& request,
                                           const DrawnOptions& options, bool divided) {
  static const std::string kBackground = "background";
  std::vector<std::string> all = names;
  if (std::find(all.begin(), all.end(), kBackground) == all.end()) {
    all.insert(all.begin(), kBackground);
  }
  for (const std::string& name : all) {
    if (isUtf8(name)) continue;
    return fail(ErrorCode::badData, request.root.string() + ": the class '" + name +
                                        "' is not UTF-8; save the file that names it as such");
  }
  if (request.classes.empty() && all.size() > kVoidLabel) {
    return fail(ErrorCode::badData, std::to_string(all.size()) +
                                        " classes; masks hold at most 255, so name those that "
                                        "count in the recipe");
  }
  const auto labels = labelsByName(all, request.classes, options.others);
  if (!labels) return fail(labels.error());
  for (PairFiles& pair : pairs) {
    for (Shape& shape : pair.shapes) {
      shape.label = shape.label == kNoName ? kVoidLabel : labels->at(names[shape.label]);
    }
  }
  ClassTable table;
  for (const std::string& name : all) {
    const std::size_t place = table.entries.size();
    table.entries.push_back({name, classColour(place), static_cast<int>(place)});
  }
  PairRules rules{.labels = LabelMap::ofClasses({}),
                  .classes = chosenClasses(table, request),
                  .drawn = true,
                  .background = labels->at(kBackground),
                  .apart = options.apart,
                  .divided = divided};
  return checkedPairs(std::move(pairs), std::move(rules), options.audit, request);
}

}  // namespace limbus
