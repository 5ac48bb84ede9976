#include "shared/graph/graph.h"

#include <algorithm>
#include <utility>

namespace limbus {

std::int64_t countParameters(const Graph& graph) {
  std::int64_t count = 0;
  for (const Parameter& parameter : graph.parameters) {
    if (parameter.learned) count += elementCount(parameter.shape);
  }
  return count;
}

const Node* producerOf(const Graph& graph, ValueId value) {
  for (const Node& node : graph.nodes) {
    if (std::count(node.outputs.begin(), node.outputs.end(), value) > 0) return &node;
  }
  return nullptr;
}

Node* producerOf(Graph& graph, ValueId value) {
  return const_cast<Node*>(producerOf(std::as_const(graph), value));
}

std::vector<bool> neededNodes(const Graph& graph, bool withAuxiliary) {
  std::vector<bool> wanted(graph.valueCount, false), needed(graph.nodes.size(), false);
  for (const Output& output : graph.outputs) {
    if (withAuxiliary || !output.auxiliary) wanted[output.value] = true;
  }
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    for (ValueId output : node.outputs) needed[i] = needed[i] || wanted[output];
    if (!needed[i]) continue;
    for (ValueId input : node.inputs) wanted[input] = true;
  }
  return needed;
}

}  // namespace limbus
