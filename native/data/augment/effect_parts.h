// What the kinds of effects.h do to one pair, where that is not in effects.cpp.
#pragma once

#include "native/data/augment/effects.h"

namespace limbus {

void apply(const Homography& homography, Pair& pair);  // effects_bend.cpp
void apply(const Stretch& stretch, Pair& pair);
void apply(const Bend& bend, Pair& pair);
void apply(const Boxes& boxes, Pair& pair);  // effects_cover.cpp
void apply(const Strokes& strokes, Pair& pair);
void apply(const Glare& glare, Pair& pair);
void apply(const HueShift& shift, Pair& pair);  // effects_colour.cpp
void apply(const Smear& smear, Pair& pair);
void apply(const Coarsen& coarsen, Pair& pair);

}  // namespace limbus
