#include "shared/nets/borders.h"

#include "shared/graph/op.h"

namespace limbus {
namespace {

// Writes nodes behind one output of a network.
class Folding {
 public:
  Folding(Graph& graph, const std::string& output)
      : graph_(graph), prefix_(std::string(kBordersOutput) + "." + output + ".") {}

  // What the network ends in last is its resize, if it has one there.
  ValueId behind(ValueId logits, std::int64_t classes) {
    const Node* last = producerOf(graph_, logits);
    if (last == nullptr || last->op != Op::resize) return folded(logits, classes);
    Node resize = *last;
    resize.inputs[0] = folded(resize.inputs[0], classes);
    return append("resize", std::move(resize));
  }

 private:
  // max(a, b) = a + relu(b - a), of the operations that every runtime has.
  ValueId folded(ValueId logits, std::int64_t classes) {
    const ValueId background = channels("background", logits, 0, 1);
    const ValueId others = channels("others", logits, 1, classes - 1);
    const ValueId border = channels("border", logits, classes, 1);
    const ValueId negative = append("negative", Op::mul, {background}, {{"factor", -1.0}});
    const ValueId difference = append("difference", Op::add, {border, negative});
    const ValueId more = append("more", Op::relu, {difference});
    const ValueId larger = append("larger", Op::add, {background, more});
    return append("classes", Op::concat, {larger, others});
  }

  ValueId channels(const char* name, ValueId from, std::int64_t first, std::int64_t count) {
    return append(name, Op::slice, {from}, {{"first", first}, {"count", count}});
  }

  ValueId append(const char* name, Op op, std::vector<ValueId> inputs, Attributes attributes = {}) {
    Node node;
    node.op = op;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    return append(name, std::move(node));
  }

  ValueId append(const char* name, Node node) {
    node.name = prefix_ + name;
    node.outputs = {graph_.valueCount++};
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.back().outputs[0];
  }

  Graph& graph_;
  std::string prefix_;
};

}  // namespace

Graph withBorders(Graph graph, int classes) {
  const ValueId all = graph.outputs[0].value;
  for (Output& output : graph.outputs) {
    output.value = Folding(graph, output.name).behind(output.value, classes);
  }
  graph.outputs.push_back({kBordersOutput, all, true});
  return graph;
}

}  // namespace limbus
