// How what is cut continues beyond the image: an option of several modes.
#pragma once

#include <vector>

#include "shared/manifest.h"
#include "shared/options/options.h"

namespace limbus {

inline const std::vector<EnumName<PadFill>>& fillNames() {
  static const std::vector<EnumName<PadFill>> names = {{PadFill::constant, "zero"},
                                                       {PadFill::replicate, "replicate"},
                                                       {PadFill::reflect, "reflect"}};
  return names;
}

}  // namespace limbus
