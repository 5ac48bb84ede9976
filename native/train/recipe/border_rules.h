// What a recipe's "borders" says of the background between neighbours.
#pragma once

#include "native/data/mask_maps.h"
#include "shared/options/options.h"

namespace limbus {

// Pixels of class 0 in a narrow gap between two parts of other classes are a class of their own for
// a further output (shared/nets/borders.h): what lies between things is learned as such, not by its
// weight alone, as in the loss 'separation-ce'. In a prediction it is background.
struct BorderRules {
  static constexpr const char* kLoss = "ce+dice";
  double gapPx = 6;
  double weight = 1;

  void describe(OptionVisitor& v) {
    v.number("gapPx", gapPx, {2, kGapReachPx},
             {"from one part to the other, pixel to pixel, up to which what lies between them is "
              "border; 2 is a line of one pixel",
              "px"});
    v.number("weight", weight, {0, 100}, "of its loss, ce+dice, beside that of the classes");
  }
};

}  // namespace limbus
