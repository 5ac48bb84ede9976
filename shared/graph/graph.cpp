#include "shared/graph/graph.h"

namespace limbus {

std::int64_t countParameters(const Graph& graph) {
  std::int64_t count = 0;
  for (const Parameter& parameter : graph.parameters) {
    if (parameter.learned) count += elementCount(parameter.shape);
  }
  return count;
}

}  // namespace limbus
