// What masks hold, by looking at some of them.
#pragma once

#include <optional>
#include <vector>

#include "native/data/sets/pairs.h"

namespace limbus {

// Grey masks of 0 and 255 only, at least one of them with both or with 255: two classes, not void.
bool lookBinary(const std::vector<PairFiles>& pairs);

// The colours of coloured masks as classes in order of the colours, black first; none when the
// masks hold numbers. Masks with more than 64 colours are photographs: an error. So are, where
// `either` may stand in a file, masks of colours beside masks of numbers.
Result<ClassTable> colourClasses(const std::vector<PairFiles>& pairs, bool either);

}  // namespace limbus
