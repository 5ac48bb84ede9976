#include "shared/nets/scales.h"

#include <algorithm>
#include <cmath>

#include "shared/ops/shapes.h"

namespace limbus {
namespace {

// 0: no map, or one whose sides have shrunk differently.
int strideOf(const Dims& shape, const Dims& input) {
  if (shape.size() != 4 || shape[2] < 1 || shape[3] < 1) return 0;
  const auto along = [&](std::size_t i) {
    return std::lround(static_cast<double>(input[i]) / static_cast<double>(shape[i]));
  };
  return along(2) == along(3) ? static_cast<int>(along(2)) : 0;
}

bool endsIn(const Graph& graph, const Node& node) {
  const bool head = std::any_of(node.parameters.begin(), node.parameters.end(), [&](int index) {
    return graph.parameters[index].part == Part::head;
  });
  const bool output = std::any_of(graph.outputs.begin(), graph.outputs.end(),
                                  [&](const Output& one) { return one.value == node.outputs[0]; });
  return head || output;
}

}  // namespace

Result<Features> scalesOf(const Graph& graph, const Dims& input) {
  const Result<std::vector<Dims>> shapes = inferShapes(graph, input);
  if (!shapes) return fail(shapes.error());
  const std::vector<bool> needed = neededNodes(graph, false);
  Features scales;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!needed[i] || endsIn(graph, node)) continue;
    const Dims& shape = (*shapes)[node.outputs[0]];
    const int stride = strideOf(shape, input);
    const int before = scales.empty() ? 1 : scales.back().stride;
    if (!scales.empty() && stride == before) {
      scales.back() = {node.outputs[0], shape[1], stride};
    } else if (stride == 2 * before || (before == 1 && (stride == 1 || stride == 4))) {
      scales.push_back({node.outputs[0], shape[1], stride});
    }
  }
  return scales;
}

}  // namespace limbus
