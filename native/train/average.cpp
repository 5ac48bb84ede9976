#include "native/train/average.h"

namespace limbus {

Result<void> averageIn(const Weights& other, double share, const std::string& name,
                       Weights& weights) {
  if (other.size() != weights.size()) {
    return fail(ErrorCode::badData, name + " has " + std::to_string(other.size()) +
                                        " weight tensors, the run has " +
                                        std::to_string(weights.size()));
  }
  for (const auto& [key, tensor] : weights) {
    const auto found = other.find(key);
    if (found == other.end() || found->second.shape != tensor.shape) {
      return fail(ErrorCode::badData,
                  name + " is another network: its '" + key +
                      (found == other.end() ? "' is missing" : "' has another shape"));
    }
  }
  for (auto& [key, tensor] : weights) {
    const std::vector<float>& values = other.at(key).values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      tensor.values[i] = static_cast<float>((1.0 - share) * tensor.values[i] + share * values[i]);
    }
  }
  return {};
}

}  // namespace limbus
