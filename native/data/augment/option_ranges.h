// Ranges among the options of augmentations.
#pragma once

#include "native/data/augment/augment.h"

namespace limbus {

// Until limbus 0.1 a range was two options: `low` and `high` of it become [low, high].
void joinRange(OptionVisitor& v, const char* low, const char* high, const char* range,
               const Range& byDefault);

// One number in place of a range stands for another end and itself: 0.1 may be [-0.1, 0.1]. To be
// called in front of the range.
enum class NumberMeans { bothWays, from0, from1, fromFifth, alone };
void numberAsRange(OptionVisitor& v, const char* key, NumberMeans means);

// For wholeOf, behind the range.
void requireWhole(OptionVisitor& v, const char* key, const Range& range);

// A whole number of the range, evenly drawn.
int wholeOf(const Range& range, Random& random);

}  // namespace limbus
