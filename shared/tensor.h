// A dense float tensor as a plain value, row-major: network inputs, logits and weights.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace limbus {

using Dims = std::vector<std::int64_t>;

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
