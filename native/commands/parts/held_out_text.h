// What is said of a run that holds out a part of its images.
#pragma once

#include <string>

#include "native/data/splits.h"
#include "native/system/text.h"

namespace limbus {

// "part 2 of 5, counted from 0, held out"; empty: as the data set divides itself.
inline std::string heldOutText(const SplitRules& split) {
  if (split.folds == 0) return "";
  return format("part %d of %d, counted from 0, held out", split.fold, split.folds);
}

}  // namespace limbus
