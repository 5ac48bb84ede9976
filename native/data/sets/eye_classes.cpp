#include "native/data/sets/eye_classes.h"

#include <algorithm>

#include "native/data/sets/class_table.h"

namespace limbus {
namespace {

// By role, else by name; end: none.
std::vector<ClassSpec>::const_iterator findEyeClass(const std::vector<ClassSpec>& classes,
                                                    const std::string& name) {
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const ClassSpec& one) { return one.role == name; });
  if (found != classes.end()) return found;
  return std::find_if(classes.begin(), classes.end(),
                      [&](const ClassSpec& one) { return one.name == name; });
}

}  // namespace

const std::vector<ClassSpec>& eyeClasses() {
  static const std::vector<ClassSpec> classes = {{"background", {0x20, 0x20, 0x28}, "background"},
                                                 {"sclera", {0x40, 0xA0, 0xFF}, "sclera"},
                                                 {"iris", {0x50, 0xDC, 0x78}, "iris"},
                                                 {"pupil", {0xFF, 0x60, 0x50}, "pupil"}};
  return classes;
}

Result<EyeLabels> eyeLabels(const std::vector<ClassSpec>& classes, const std::string& others) {
  const EyeLabels inOrder{0, 1, 2, 3};
  if (classes.empty()) return inOrder;
  const Result<int> rest = labelOfOthers(classes, others);
  if (!rest) return fail(rest.error());
  EyeLabels labels = inOrder;
  std::string lacking;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string& name = eyeClasses()[i].name;
    const auto found = findEyeClass(classes, name);
    if (found == classes.end()) {
      lacking += (lacking.empty() ? "" : ", ") + name;
      if (!others.empty()) labels[i] = static_cast<std::uint8_t>(*rest);
    } else {
      labels[i] = static_cast<std::uint8_t>(found - classes.begin());
    }
  }
  if (lacking.empty() || !others.empty()) return labels;
  if (labels == inOrder && classes.size() >= labels.size()) return labels;
  return fail(ErrorCode::badArgument,
              "eyes have 4 classes (background, sclera, iris, pupil), the recipe's lack " +
                  lacking +
                  ": say with data.others what those become (one of its classes, or void), or give "
                  "classes these roles or names");
}

Result<LabelMap> eyeLabelMap(const std::vector<ClassSpec>& classes, const std::string& others) {
  if (others.empty() || classes.empty()) return LabelMap::ofClasses(classes, LabelValues::numbers);
  const Result<EyeLabels> labels = eyeLabels(classes, others);
  if (!labels) return fail(labels.error());
  LabelMap map = LabelMap::byName(classes, LabelValues::numbers);
  for (std::size_t i = 0; i < labels->size(); ++i) {
    const std::uint8_t label = (*labels)[i];
    const Result<void> added =
        map.add(static_cast<int>(i), label == kVoidLabel ? "void" : classes[label].name);
    if (!added) return fail(added.error());
  }
  return map;
}

}  // namespace limbus
