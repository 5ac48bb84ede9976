// Transparent pixels lie over black: v * alpha / 255, rounded.
#pragma once

#include "shared/image.h"

namespace limbus {

// The last channel of `source` is its alpha; the others remain.
Image overBlack(const Image& source);

}  // namespace limbus
