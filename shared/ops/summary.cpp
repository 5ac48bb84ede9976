#include "shared/ops/summary.h"

#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"

namespace limbus {
namespace {

Result<std::int64_t> costOf(const Graph& graph, const Node& node, const std::vector<Dims>& shapes) {
  const OpRow& row = opRow(node.op);
  if (!row.multiplyAdds) return 0;
  std::vector<Dims> inputs;
  for (ValueId input : node.inputs) inputs.push_back(shapes[input]);
  const Result<std::int64_t> cost =
      row.multiplyAdds({graph, node}, inputs, shapes[node.outputs[0]]);
  return cost ? cost : fail(nodeError(node, cost.error()));
}

std::int64_t learnedAtFirstUse(const Graph& graph, const Node& node, std::vector<bool>& counted) {
  std::int64_t count = 0;
  for (int index : node.parameters) {
    if (!graph.parameters[index].learned || counted[index]) continue;
    counted[index] = true;
    count += elementCount(graph.parameters[index].shape);
  }
  return count;
}

}  // namespace

Result<GraphSummary> summarise(const Graph& graph, const Dims& input) {
  const Result<std::vector<Dims>> shapes = inferShapes(graph, input);
  if (!shapes) return fail(shapes.error());
  const std::vector<bool> needed = neededNodes(graph, false);
  std::vector<bool> counted(graph.parameters.size(), false);
  GraphSummary summary{.parameters = countParameters(graph)};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const Result<std::int64_t> cost = costOf(graph, node, *shapes);
    if (!cost) return fail(cost.error());
    summary.layers.push_back({.name = node.name,
                              .op = opName(node.op),
                              .output = (*shapes)[node.outputs[0]],
                              .parameters = learnedAtFirstUse(graph, node, counted),
                              .multiplyAdds = *cost,
                              .auxiliary = !needed[i]});
    if (needed[i]) summary.multiplyAdds += *cost;
    if (summary.multiplyAdds > (std::int64_t{1} << 53)) {
      return fail(nodeError(node, {ErrorCode::badArgument, "multiply-adds are too many to count"}));
    }
  }
  return summary;
}

Result<std::int64_t> countMultiplyAdds(const Graph& graph, const Dims& input) {
  const Result<GraphSummary> summary = summarise(graph, input);
  if (!summary) return fail(summary.error());
  return summary->multiplyAdds;
}

}  // namespace limbus
