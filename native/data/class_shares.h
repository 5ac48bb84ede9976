// How common each class is among the training pixels: what some losses weigh by.
#pragma once

#include <cstdint>
#include <vector>

#include "native/data/dataset.h"
#include "shared/result.h"

namespace limbus {

// Of nothing: 0.
inline double shareIn(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Of each class, [0,1]; 0 where it is nowhere.
struct ClassShares {
  std::vector<double> all;   // of the labelled pixels; they sum to 1
  std::vector<double> held;  // of those of the images that hold the class
};

// Counted over at most kCountedImages of `dataset`, evenly spread, by so many threads.
inline constexpr std::size_t kCountedImages = 1000;
Result<ClassShares> classShares(const Dataset& dataset, int classes, int threads);

}  // namespace limbus
