#include "native/tune/halving.h"

#include <algorithm>
#include <cmath>

namespace limbus {

std::vector<Rung> rungsOf(int trials, int epochs, int eta) {
  int count = 1;
  if (eta >= 2) {
    for (int n = trials / eta, e = epochs / eta; n >= 1 && e >= 1; n /= eta, e /= eta) ++count;
  }
  std::vector<Rung> rungs;
  for (int i = 0; i < count; ++i) {
    const double share = std::pow(eta, count - 1 - i);
    rungs.push_back({trials, std::max(1, static_cast<int>(std::lround(epochs / share)))});
    if (eta >= 2) trials = std::max(1, trials / eta);
  }
  return rungs;
}

}  // namespace limbus
