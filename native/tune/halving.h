// Successive halving: many trials for few epochs, the best of them for more (Jamieson and
// Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016).
#pragma once

#include <vector>

namespace limbus {

struct Rung {
  int trials = 0;  // the best so many of the rung before
  int epochs = 0;
};

// The last rung has all `epochs`, each before it 1/eta of the next one's, but at least one; the
// first has all `trials`, each behind it 1/eta of those before, but at least one. As many rungs as
// halve both. eta 0: one rung with everything.
std::vector<Rung> rungsOf(int trials, int epochs, int eta);

}  // namespace limbus
