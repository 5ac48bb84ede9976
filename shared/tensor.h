// A dense float tensor as a plain value, row-major: network inputs, logits and weights.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/result.h"

namespace limbus {

using Dims = std::vector<std::int64_t>;

constexpr std::int64_t kMaxExtent = std::int64_t{1} << 31;

// "image [1,1,640,400]" parts of messages.
std::string describe(const Dims& shape);

// Product of factors >= 0; an error when it passes 2^53 (where counts stop being exact in JSON).
Result<std::int64_t> checkedProduct(const std::vector<std::int64_t>& factors);

struct Tensor {
  Dims shape;
  std::vector<float> values;
};

inline std::int64_t elementCount(const Dims& shape) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape) count *= extent;
  return count;
}

// Parameters and running statistics by their name in the Graph ("block1.0.conv.weight").
using Weights = std::map<std::string, Tensor>;

}  // namespace limbus
