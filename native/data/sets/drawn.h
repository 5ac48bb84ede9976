// What readers of outlines have in common.
#pragma once

#include <string>
#include <vector>

#include "native/data/sets/published.h"

namespace limbus {

struct DrawnOptions : PublishedOptions {
  bool apart = false;

  void describe(OptionVisitor& v);
};

// `names`: of the classes; a shape's label is a place among them, or kNoName: its pixels take no
// part. What no shape covers is "background", the first class unless the recipe orders them
// otherwise. `divided`: for Dataset::divided().
constexpr int kNoName = -1;
Result<std::unique_ptr<Dataset>> openDrawn(std::vector<PairFiles> pairs,
                                           std::vector<std::string> names,
                                           const DatasetRequest& request,
                                           const DrawnOptions& options, bool divided = true);

// The place of a name in the list, put at its end where it is new.
int placeOf(std::vector<std::string>& names, const std::string& name);

}  // namespace limbus
