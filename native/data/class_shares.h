// How common each class is among the training pixels: what some losses weigh by.
#pragma once

#include <vector>

#include "native/data/dataset.h"
#include "shared/result.h"

namespace limbus {

// Shares of the labelled pixels, [0,1], that sum to 1 (all 0 where nothing is labelled). Counted
// over at most kCountedImages of `dataset`, evenly spread, by so many threads.
inline constexpr std::size_t kCountedImages = 1000;
Result<std::vector<double>> classShares(const Dataset& dataset, int classes, int threads);

}  // namespace limbus
