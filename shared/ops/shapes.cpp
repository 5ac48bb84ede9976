#include "shared/ops/shapes.h"

#include <cmath>
#include <optional>
#include <set>
#include <string>

#include "shared/ops/ops.h"

namespace limbus {
namespace {

Error badNode(const Node& node, std::string message) {
  return nodeError(node, {ErrorCode::badArgument, std::move(message)});
}

Result<void> checkParameterList(const Graph& graph, const Node& node, const OpRow& row) {
  std::size_t needed = 0;
  for (const ParameterRole& role : row.parameters) needed += role.optional ? 0 : 1;
  if (node.parameters.size() < needed || node.parameters.size() > row.parameters.size()) {
    return fail(badNode(node, "expects " + std::to_string(needed) + " to " +
                                  std::to_string(row.parameters.size()) + " parameters, got " +
                                  std::to_string(node.parameters.size())));
  }
  for (std::size_t i = 0; i < node.parameters.size(); ++i) {
    const int index = node.parameters[i];
    if (index < 0 || index >= static_cast<int>(graph.parameters.size())) {
      return fail(badNode(node, "parameter index " + std::to_string(index) + " is out of range"));
    }
    if (graph.parameters[index].learned && !row.parameters[i].learned) {
      return fail(badNode(node, "parameter '" + graph.parameters[index].name +
                                    "' is learned where a statistic is expected"));
    }
  }
  return {};
}

Result<void> checkNode(const Graph& graph, const Node& node) {
  const OpRow& row = opRow(node.op);
  if (!row.shapes) return fail(badNode(node, "has no row in the table of operations"));
  const int inputs = static_cast<int>(node.inputs.size());
  if (inputs < row.minInputs || (row.maxInputs >= 0 && inputs > row.maxInputs)) {
    return fail(
        badNode(node, "expects " + std::to_string(row.minInputs) +
                          (row.maxInputs < 0               ? " or more"
                           : row.maxInputs > row.minInputs ? " or " + std::to_string(row.maxInputs)
                                                           : std::string()) +
                          " inputs, got " + std::to_string(inputs)));
  }
  const std::size_t outputs = 1 + row.moreOutputs.size();
  if (node.outputs.empty() || node.outputs.size() > outputs) {
    return fail(badNode(node, std::string("expects 1 ") +
                                  (outputs > 1 ? "to " + std::to_string(outputs) + " " : "") +
                                  "outputs, got " + std::to_string(node.outputs.size())));
  }
  if (auto ok = checkAttributes(node.attributes, row.attributes); !ok) {
    return fail(nodeError(node, ok.error()));
  }
  if (auto ok = checkParameterList(graph, node, row); !ok) return ok;
  if (!row.check) return {};
  const Result<void> ok = row.check({graph, node});
  return ok ? ok : fail(nodeError(node, ok.error()));
}

Result<void> checkParameters(const Graph& graph, std::set<std::string>& names) {
  for (const Parameter& parameter : graph.parameters) {
    if (parameter.name.empty() || !names.insert(parameter.name).second) {
      return fail(ErrorCode::badArgument,
                  "parameter name '" + parameter.name + "' is empty or used twice");
    }
    bool sound = !parameter.shape.empty() && std::isfinite(parameter.value);
    for (std::int64_t extent : parameter.shape) sound &= extent >= 1 && extent <= kMaxExtent;
    if (!sound || !checkedProduct(parameter.shape)) {
      return fail(ErrorCode::badArgument,
                  "parameter '" + parameter.name + "' has the shape " + describe(parameter.shape));
    }
  }
  return {};
}

// What each value holds; none: no node computed it yet.
using ValueKinds = std::vector<std::optional<ValueKind>>;

std::string kindText(ValueKind kind) { return kind == ValueKind::indices ? "indices" : "numbers"; }

Result<void> checkInputs(const Node& node, const ValueKinds& kinds) {
  const std::vector<ValueKind>& expected = opRow(node.op).inputKinds;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId input = node.inputs[i];
    const bool known = input >= 0 && input < static_cast<int>(kinds.size());
    const std::optional<ValueKind> held = known ? kinds[input] : std::nullopt;
    if (!held) {
      return fail(badNode(
          node, "reads value " + std::to_string(input) + ", which no earlier node computes"));
    }
    const ValueKind kind = i < expected.size() ? expected[i] : ValueKind::numbers;
    if (kind == *held) continue;
    return fail(badNode(node, "needs " + kindText(kind) + " as input " + std::to_string(i) +
                                  ", value " + std::to_string(input) + " holds " +
                                  kindText(*held)));
  }
  return {};
}

Result<void> takeOutputs(const Node& node, ValueKinds& kinds) {
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId output = node.outputs[i];
    if (output < 0 || output >= static_cast<int>(kinds.size()) || kinds[output]) {
      return fail(badNode(node, "writes value " + std::to_string(output) +
                                    ", which is out of range or written before"));
    }
    kinds[output] = i == 0 ? ValueKind::numbers : opRow(node.op).moreOutputs[i - 1].kind;
  }
  return {};
}

Result<void> checkNodes(const Graph& graph, std::set<std::string>& names, ValueKinds& kinds) {
  for (const Node& node : graph.nodes) {
    if (node.name.empty() || !names.insert(node.name).second) {
      return fail(badNode(node, "the name is empty or used twice"));
    }
    if (auto ok = checkInputs(node, kinds); !ok) return ok;
    if (auto ok = checkNode(graph, node); !ok) return ok;
    if (auto ok = takeOutputs(node, kinds); !ok) return ok;
  }
  return {};
}

Result<void> checkOutputs(const Graph& graph, const ValueKinds& kinds) {
  if (graph.outputs.empty() || graph.outputs[0].auxiliary) {
    return fail(ErrorCode::badArgument,
                "graph '" + graph.name + "' needs a first output that is not auxiliary");
  }
  std::set<std::string> names;
  for (const Output& output : graph.outputs) {
    const bool known = output.value >= 0 && output.value < graph.valueCount;
    const std::optional<ValueKind> held = known ? kinds[output.value] : std::nullopt;
    if (!held || output.name.empty() || !names.insert(output.name).second) {
      return fail(ErrorCode::badArgument, "output '" + output.name + "' of graph '" + graph.name +
                                              "' has no value, no name or one used twice");
    }
    if (*held == ValueKind::numbers) continue;
    return fail(ErrorCode::badArgument, "output '" + output.name + "' of graph '" + graph.name +
                                            "' must hold numbers, got indices");
  }
  return {};
}

std::vector<Dims> inputShapes(const Node& node, const std::vector<Dims>& shapes) {
  std::vector<Dims> inputs;
  for (ValueId input : node.inputs) inputs.push_back(shapes[input]);
  return inputs;
}

Result<void> checkExtents(const Dims& shape) {
  for (std::int64_t extent : shape) {
    if (extent < 1 || extent > kMaxExtent) {
      return fail(ErrorCode::badArgument, "shape " + describe(shape) + " is out of range");
    }
  }
  if (const auto count = checkedProduct(shape); !count) return fail(count.error());
  return {};
}

// Of a valid graph.
Result<std::vector<Dims>> shapesAt(const Graph& graph, const Dims& input) {
  std::vector<Dims> shapes(graph.valueCount);
  shapes[0] = input;
  for (const Node& node : graph.nodes) {
    const Result<Shapes> own = opRow(node.op).shapes({graph, node}, inputShapes(node, shapes));
    if (!own) return fail(nodeError(node, own.error()));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (auto ok = checkExtents((*own)[i]); !ok) return fail(nodeError(node, ok.error()));
      shapes[node.outputs[i]] = (*own)[i];
    }
  }
  return shapes;
}

std::int64_t roundedUp(std::int64_t extent, std::int64_t multiple) {
  return (extent + multiple - 1) / multiple * multiple;
}

// What the graph takes instead of an input that it refuses: both sides rounded up to a power of
// two, then each as small as fits. None where the size is not what is wrong.
std::optional<Dims> nextFitting(const Graph& graph, const Dims& refused) {
  constexpr std::int64_t kMostRounding = 1024;
  Dims size = refused;
  const auto fits = [&] { return shapesAt(graph, size).has_value(); };
  for (std::int64_t multiple = 2; !fits(); multiple *= 2) {
    if (multiple > kMostRounding) return std::nullopt;
    for (int axis : {2, 3}) size[axis] = roundedUp(refused[axis], multiple);
  }
  for (int axis : {2, 3}) {
    std::int64_t low = refused[axis], high = size[axis];
    size[axis] = low;
    if (fits()) continue;
    while (high - low > 1) {
      size[axis] = low + (high - low) / 2;
      (fits() ? high : low) = size[axis];
    }
    size[axis] = high;
  }
  return size;
}

}  // namespace

Result<void> validate(const Graph& graph) {
  constexpr int kMaxValues = 1 << 20;
  if (!graph.problem.empty()) {
    return fail(ErrorCode::badArgument, "graph '" + graph.name + "': " + graph.problem);
  }
  if (graph.inputChannels < 1 || graph.valueCount < 1 || graph.valueCount > kMaxValues) {
    return fail(ErrorCode::badArgument, "graph '" + graph.name +
                                            "' needs input channels and 1 to " +
                                            std::to_string(kMaxValues) + " values, got " +
                                            std::to_string(graph.inputChannels) + " and " +
                                            std::to_string(graph.valueCount));
  }
  std::set<std::string> names;
  if (auto ok = checkParameters(graph, names); !ok) return ok;
  ValueKinds kinds(graph.valueCount);
  kinds[0] = ValueKind::numbers;
  if (auto ok = checkNodes(graph, names, kinds); !ok) return ok;
  return checkOutputs(graph, kinds);
}

Result<std::vector<Dims>> inferShapes(const Graph& graph, const Dims& input) {
  if (auto ok = validate(graph); !ok) return fail(ok.error());
  if (input.size() != 4 || input[1] != graph.inputChannels) {
    return fail(ErrorCode::badArgument, "graph '" + graph.name + "' expects input [N," +
                                            std::to_string(graph.inputChannels) + ",H,W], got " +
                                            describe(input));
  }
  if (auto ok = checkExtents(input); !ok) return fail(ok.error());
  Result<std::vector<Dims>> shapes = shapesAt(graph, input);
  if (shapes) return shapes;
  const std::optional<Dims> next = nextFitting(graph, input);
  if (!next) return shapes;
  return fail(shapes.error().code, shapes.error().message + "; the next size up that fits is " +
                                       std::to_string((*next)[2]) + " high and " +
                                       std::to_string((*next)[3]) + " wide");
}

}  // namespace limbus
