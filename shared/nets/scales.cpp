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

// By value: whether it is the encoder's work: of its parameters, and of no other part's.
std::vector<bool> encoded(const Graph& graph) {
  enum class From { image, encoder, behind };
  std::vector<From> from(static_cast<std::size_t>(graph.valueCount), From::image);
  for (const Node& node : graph.nodes) {
    From most = From::image;
    for (const ValueId input : node.inputs) most = std::max(most, from[input]);
    for (const int index : node.parameters) {
      const bool inside = graph.parameters[index].part == Part::encoder;
      most = std::max(most, inside ? From::encoder : From::behind);
    }
    for (const ValueId output : node.outputs) from[output] = most;
  }
  for (const Output& output : graph.outputs) from[output.value] = From::behind;
  std::vector<bool> is;
  for (const From one : from) is.push_back(one == From::encoder);
  return is;
}

}  // namespace

Result<Features> scalesOf(const Graph& graph, const Dims& input) {
  const Result<std::vector<Dims>> shapes = inferShapes(graph, input);
  if (!shapes) return fail(shapes.error());
  const std::vector<bool> needed = neededNodes(graph, false), ofEncoder = encoded(graph);
  Features scales;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!needed[i] || !ofEncoder[node.outputs[0]]) continue;
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
