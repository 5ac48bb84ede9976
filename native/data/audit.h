// What is wrong with a data set, all of it in one report.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "native/data/dataset.h"

namespace limbus {

struct AuditPart {
  std::string split;  // for messages
  const Dataset* samples = nullptr;
};

struct AuditKind {
  const char* name;   // "duplicates"
  const char* title;  // of one and of more (inNumber): "{image is|images are} in two splits"
  bool isProblem;     // false: worth knowing
  std::vector<std::string> items = {};
};

struct Audit {
  std::size_t images = 0;
  std::vector<AuditKind> kinds;  // all of them, in a fixed order
  std::size_t problems() const;  // items of kinds that are one
};

// Reads every sample, in a few threads; `read` is called after each. Kinds: unreadable, sizes,
// labels, emptyMasks (one class alone), numbered (objects instead of classes), rareClasses (in one
// image alone, or in none), faint (faintText), duplicates and nearDuplicates across splits, repeats
// within one, leakage (groups that are in two splits).
Result<Audit> auditOf(const std::vector<AuditPart>& parts, const std::function<void()>& read = {});

}  // namespace limbus
