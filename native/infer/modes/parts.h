// What several modes have among their options: the size of a part, and how what is cut continues
// beyond the image.
#pragma once

#include <vector>

#include "shared/manifest.h"
#include "shared/options/options.h"

namespace limbus {

// What "width" and "height" of a part's size are bound to.
constexpr Limits kPartSides{1, 16384};

inline const std::vector<EnumName<PadFill>>& fillNames() {
  static const std::vector<EnumName<PadFill>> names = {{PadFill::constant, "zero"},
                                                       {PadFill::replicate, "replicate"},
                                                       {PadFill::reflect, "reflect"}};
  return names;
}

}  // namespace limbus
