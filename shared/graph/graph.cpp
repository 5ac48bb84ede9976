#include "shared/graph/graph.h"

namespace limbus {

std::int64_t countParameters(const Graph& graph) {
  std::int64_t count = 0;
  for (const Parameter& parameter : graph.parameters) {
    if (parameter.learned) count += elementCount(parameter.shape);
  }
  return count;
}

std::vector<bool> neededNodes(const Graph& graph, bool withAuxiliary) {
  std::vector<bool> wanted(graph.valueCount, false), needed(graph.nodes.size(), false);
  for (const Output& output : graph.outputs) {
    if (withAuxiliary || !output.auxiliary) wanted[output.value] = true;
  }
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (!wanted[graph.nodes[i].output]) continue;
    needed[i] = true;
    for (ValueId input : graph.nodes[i].inputs) wanted[input] = true;
  }
  return needed;
}

}  // namespace limbus
