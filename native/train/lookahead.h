// Slow weights behind those of any optimiser.
#pragma once

#include "shared/options/options.h"

namespace limbus {

// Zhang et al., "Lookahead optimizer", 2019: every so many steps the slow weights go a share of the
// way to the fast ones, which go on from there.
struct Lookahead {
  int every = 6;
  double share = 0.5;

  void describe(OptionVisitor& v) {
    v.whole("every", every, {1, 1000000}, {"between two looks", "steps"});
    v.number("share", share, {0, 1}, "of the way that the slow weights go to the fast ones");
  }
};

}  // namespace limbus
