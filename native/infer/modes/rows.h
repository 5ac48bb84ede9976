// The rows of modes.cpp.
#pragma once

#include "native/infer/modes.h"

namespace limbus {

ModeRow resizeRow();
ModeRow tilesRow();
ModeRow voteRow();
ModeRow slidingRow();

// What "width" and "height" of a part's size are bound to.
constexpr Limits kPartSides{1, 16384};

}  // namespace limbus
