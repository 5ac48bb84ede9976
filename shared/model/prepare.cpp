#include "shared/model/prepare.h"

#include <cmath>
#include <set>

#include "shared/graph/op.h"
#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"

namespace limbus {
namespace {

Result<void> checkWeights(const Graph& graph, const Weights& weights) {
  for (const Parameter& parameter : graph.parameters) {
    const auto found = weights.find(parameter.name);
    if (found == weights.end()) {
      return fail(ErrorCode::notFound,
                  "the weights have no '" + parameter.name + "' " + describe(parameter.shape));
    }
    const Tensor& tensor = found->second;
    if (tensor.shape != parameter.shape ||
        static_cast<std::int64_t>(tensor.values.size()) != elementCount(parameter.shape)) {
      return fail(ErrorCode::badArgument, "weight '" + parameter.name + "' must be " +
                                              describe(parameter.shape) + ", got " +
                                              describe(tensor.shape) + " with " +
                                              std::to_string(tensor.values.size()) + " values");
    }
  }
  return {};
}

Result<void> checkFinite(const Weights& weights) {
  for (const auto& [name, tensor] : weights) {
    for (float value : tensor.values) {
      if (std::isfinite(value)) continue;
      return fail(ErrorCode::badData, "weight '" + name +
                                          "' holds a value that is not finite; did the training "
                                          "diverge?");
    }
  }
  return {};
}

void forward(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) {
    for (ValueId& input : node.inputs) {
      if (input == from) input = to;
    }
  }
  for (Output& output : graph.outputs) {
    if (output.value == from) output.value = to;
  }
}

// Node by node, keeping those for which `keep` holds; readers of a removed node read its first
// input.
template <class Keep>
void bypassUnless(Graph& graph, const Keep& keep) {
  for (std::size_t i = 0; i < graph.nodes.size();) {
    if (keep(graph.nodes[i])) {
      ++i;
      continue;
    }
    const ValueId from = graph.nodes[i].outputs[0], to = graph.nodes[i].inputs[0];
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
    forward(graph, from, to);
  }
}

int readers(const Graph& graph, ValueId value) {
  int count = graph.outputs[0].value == value ? 1 : 0;
  for (const Node& node : graph.nodes) {
    for (ValueId input : node.inputs) count += input == value ? 1 : 0;
  }
  return count;
}

// Nodes that no output depends on, and last outputs of the others that nothing reads.
void dropUnneeded(Graph& graph) {
  const std::vector<bool> needed = neededNodes(graph, false);
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (!needed[i]) graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (Node& node : graph.nodes) {
    while (node.outputs.size() > 1 && readers(graph, node.outputs.back()) == 0) {
      node.outputs.pop_back();
    }
  }
}

int users(const Graph& graph, int parameter) {
  int count = 0;
  for (const Node& node : graph.nodes) {
    for (int index : node.parameters) count += index == parameter ? 1 : 0;
  }
  return count;
}

// y = s * (conv + bias) + t per output channel o, as new weights and bias of the conv.
struct FoldedNorm {
  std::vector<double> scale, shift;
};

FoldedNorm foldedNorm(const NodeView& norm, const Weights& weights) {
  const auto values = [&](const char* role) -> const std::vector<float>& {
    return weights.at(norm.parameter(role)->name).values;
  };
  FoldedNorm folded;
  for (std::size_t c = 0; c < values("weight").size(); ++c) {
    const double scale =
        values("weight")[c] / std::sqrt(values("running_var")[c] + norm.number("eps"));
    folded.scale.push_back(scale);
    folded.shift.push_back(values("bias")[c] - values("running_mean")[c] * scale);
  }
  return folded;
}

void scaleWeight(const NodeView& conv, const FoldedNorm& folded, Tensor& weight) {
  const Dims& shape = weight.shape;
  const std::int64_t window = shape[2] * shape[3];
  const std::int64_t perGroup = shape[0] / conv.integer("groups");
  for (std::int64_t a = 0; a < shape[0]; ++a) {
    for (std::int64_t b = 0; b < shape[1]; ++b) {
      const std::int64_t channel = conv.node.op == Op::conv ? a : a / perGroup * shape[1] + b;
      for (std::int64_t k = 0; k < window; ++k) {
        float& value = weight.values[(a * shape[1] + b) * window + k];
        value = static_cast<float>(value * folded.scale[channel]);
      }
    }
  }
}

void foldInto(Graph& graph, Weights& weights, Node& conv, const Node& norm) {
  const FoldedNorm folded = foldedNorm({graph, norm}, weights);
  scaleWeight({graph, conv}, folded, weights.at(graph.parameters[conv.parameters[0]].name));
  if (conv.parameters.size() == 1) {
    const auto channels = static_cast<std::int64_t>(folded.scale.size());
    const Part part = graph.parameters[conv.parameters[0]].part;
    graph.parameters.push_back({conv.name + ".bias", {channels}, Init::zeros, 0.0, true, part});
    conv.parameters.push_back(static_cast<int>(graph.parameters.size()) - 1);
    weights[conv.name + ".bias"] = {{channels}, std::vector<float>(folded.scale.size(), 0.0f)};
  }
  std::vector<float>& bias = weights.at(graph.parameters[conv.parameters[1]].name).values;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    bias[c] = static_cast<float>(bias[c] * folded.scale[c] + folded.shift[c]);
  }
}

bool foldable(const Graph& graph, const Node& conv) {
  if (conv.op != Op::conv && conv.op != Op::deconv) return false;
  for (int index : conv.parameters) {
    if (users(graph, index) != 1) return false;  // shared weights must stay as they are
  }
  for (const Parameter& parameter : graph.parameters) {
    if (conv.parameters.size() == 1 && parameter.name == conv.name + ".bias") return false;
  }
  return readers(graph, conv.outputs[0]) == 1;
}

void foldBatchNorms(Graph& graph, Weights& weights) {
  std::set<ValueId> folded;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::batchNorm) continue;
    // A chain of norms folds one by one: the conv behind those that were folded already.
    ValueId source = node.inputs[0];
    while (folded.count(source)) source = producerOf(graph, source)->inputs[0];
    Node* conv = producerOf(graph, source);
    const bool alone = readers(graph, node.inputs[0]) == 1;
    if (!conv || !alone || !foldable(graph, *conv)) continue;
    foldInto(graph, weights, *conv, node);
    folded.insert(node.outputs[0]);
  }
  bypassUnless(graph, [&](const Node& node) { return !folded.count(node.outputs[0]); });
}

// Dense ids in node order, and parameters in order of first use.
PreparedModel compact(const Graph& graph, const Weights& weights) {
  PreparedModel model;
  model.graph.name = graph.name;
  model.graph.inputChannels = graph.inputChannels;
  std::vector<ValueId> newValue(graph.valueCount, 0);
  std::vector<int> newParameter(graph.parameters.size(), -1);
  for (Node node : graph.nodes) {
    for (ValueId& input : node.inputs) input = newValue[input];
    for (ValueId& output : node.outputs) {
      newValue[output] = model.graph.valueCount++;
      output = newValue[output];
    }
    for (int& index : node.parameters) {
      int& moved = newParameter[index];
      if (moved < 0) {
        moved = static_cast<int>(model.graph.parameters.size());
        model.graph.parameters.push_back(graph.parameters[index]);
        const std::string& name = graph.parameters[index].name;
        model.weights[name] = weights.at(name);
      }
      index = moved;
    }
    model.graph.nodes.push_back(std::move(node));
  }
  model.graph.outputs = {{graph.outputs[0].name, newValue[graph.outputs[0].value], false}};
  return model;
}

bool endsInResizeToInput(const Graph& graph) {
  const ValueId last = graph.outputs[0].value;
  const Node* node = producerOf(graph, last);
  return node && node->op == Op::resize && node->inputs.size() == 2 && node->inputs[1] == 0 &&
         node->inputs[0] != 0 && readers(graph, last) == 1 &&
         NodeView{graph, *node}.text("mode") == "bilinear";
}

}  // namespace

Result<PreparedModel> prepareForExport(const Graph& graph, const Weights& weights, bool cutResize,
                                       bool foldBatchNorm) {
  if (auto ok = validate(graph); !ok) return fail(ok.error());
  if (auto ok = checkWeights(graph, weights); !ok) return fail(ok.error());
  for (std::size_t i = 1; i < graph.outputs.size(); ++i) {
    if (graph.outputs[i].auxiliary) continue;
    return fail(ErrorCode::unsupported, "graph '" + graph.name + "' has a second output '" +
                                            graph.outputs[i].name + "'; an exported model has one");
  }
  Graph work = graph;
  Weights changed = weights;
  work.outputs.resize(1);
  bypassUnless(work, [](const Node& node) { return node.op != Op::dropout; });
  dropUnneeded(work);
  bool cut = false, alignCorners = false;
  if (cutResize && endsInResizeToInput(work)) {
    const Node& resize = *producerOf(work, work.outputs[0].value);
    alignCorners = NodeView{work, resize}.flag("alignCorners");
    cut = true;
    work.outputs[0].value = resize.inputs[0];
    dropUnneeded(work);
  }
  if (foldBatchNorm) foldBatchNorms(work, changed);
  if (work.nodes.empty()) {
    return fail(ErrorCode::unsupported, "graph '" + graph.name + "' computes nothing to export");
  }
  PreparedModel model = compact(work, changed);
  if (auto ok = checkFinite(model.weights); !ok) return fail(ok.error());
  model.resizeCut = cut;
  model.alignCorners = alignCorners;
  return model;
}

}  // namespace limbus
