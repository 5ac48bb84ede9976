#include "shared/nets/borders.h"

#include "shared/graph/op.h"

namespace limbus {
namespace {

ValueId append(Graph& graph, Op op, const char* name, std::vector<ValueId> inputs,
               Attributes attributes = {}) {
  const ValueId made = graph.valueCount++;
  graph.nodes.push_back({.op = op,
                         .name = std::string(kBordersOutput) + "." + name,
                         .inputs = std::move(inputs),
                         .outputs = {made},
                         .attributes = std::move(attributes),
                         .parameters = {}});
  return made;
}

ValueId channelsOf(Graph& graph, const char* name, ValueId logits, std::int64_t first,
                   std::int64_t count) {
  return append(graph, Op::slice, name, {logits}, {{"first", first}, {"count", count}});
}

// max(a, b) = a + relu(b - a), of the operations that every runtime has.
ValueId withoutBorders(Graph& graph, ValueId logits, std::int64_t classes) {
  const ValueId background = channelsOf(graph, "background", logits, 0, 1);
  const ValueId others = channelsOf(graph, "others", logits, 1, classes - 1);
  const ValueId border = channelsOf(graph, "border", logits, classes, 1);
  const ValueId negative = append(graph, Op::mul, "negative", {background}, {{"factor", -1.0}});
  const ValueId more = append(graph, Op::add, "difference", {border, negative});
  const ValueId larger =
      append(graph, Op::add, "larger", {background, append(graph, Op::relu, "more", {more})});
  return append(graph, Op::concat, "classes", {larger, others});
}

}  // namespace

Graph withBorders(Graph graph, int classes) {
  const ValueId all = graph.outputs[0].value;
  graph.outputs.push_back({kBordersOutput, all, true});
  const Node* last = producerOf(graph, all);
  if (last == nullptr || last->op != Op::resize) {
    graph.outputs[0].value = withoutBorders(graph, all, classes);
    return graph;
  }
  Node resize = *last;
  resize.name = std::string(kBordersOutput) + ".resize";
  resize.inputs[0] = withoutBorders(graph, resize.inputs[0], classes);
  resize.outputs = {graph.valueCount++};
  graph.outputs[0].value = resize.outputs[0];
  graph.nodes.push_back(std::move(resize));
  return graph;
}

}  // namespace limbus
