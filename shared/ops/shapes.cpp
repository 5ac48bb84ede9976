#include "shared/ops/shapes.h"

#include <cmath>
#include <set>
#include <string>

#include "shared/ops/ops.h"
#include "shared/options/rows.h"

namespace limbus {
namespace {

Error badNode(const Node& node, std::string message) {
  return nodeError(node, {ErrorCode::badArgument, std::move(message)});
}

Result<void> checkAttributes(const Node& node, const OpRow& row) {
  for (const auto& [name, value] : node.attributes) {
    const AttributeSpec* spec = findRow(row.attributes, name);
    if (spec == nullptr) {
      return fail(badNode(node, unknownName("attribute", name, namesOf(row.attributes))));
    }
    if (value.index() != spec->byDefault.index()) {
      return fail(badNode(node, "attribute '" + name + "' has the wrong type"));
    }
    const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
    if (list && list->size() != 2) {
      return fail(badNode(node, "attribute '" + name + "' must be [h,w]"));
    }
  }
  for (const AttributeSpec& spec : row.attributes) {
    if (spec.required && !node.attributes.count(spec.name)) {
      return fail(badNode(node, std::string("attribute '") + spec.name + "' is missing"));
    }
  }
  return {};
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
    if (graph.parameters[index].learned != row.parameters[i].learned) {
      return fail(badNode(node, "parameter '" + graph.parameters[index].name +
                                    "' is learned where a statistic is expected, or the reverse"));
    }
  }
  return {};
}

Result<void> checkNode(const Graph& graph, const Node& node) {
  const OpRow& row = opRow(node.op);
  if (!row.shape) return fail(badNode(node, "has no row in the table of operations"));
  const int inputs = static_cast<int>(node.inputs.size());
  if (inputs < row.minInputs || (row.maxInputs >= 0 && inputs > row.maxInputs)) {
    return fail(
        badNode(node, "expects " + std::to_string(row.minInputs) +
                          (row.maxInputs < 0               ? " or more"
                           : row.maxInputs > row.minInputs ? " or " + std::to_string(row.maxInputs)
                                                           : std::string()) +
                          " inputs, got " + std::to_string(inputs)));
  }
  if (auto ok = checkAttributes(node, row); !ok) return ok;
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

Result<void> checkNodes(const Graph& graph, std::set<std::string>& names,
                        std::vector<bool>& defined) {
  for (const Node& node : graph.nodes) {
    if (node.name.empty() || !names.insert(node.name).second) {
      return fail(badNode(node, "the name is empty or used twice"));
    }
    for (ValueId input : node.inputs) {
      if (input < 0 || input >= graph.valueCount || !defined[input]) {
        return fail(badNode(
            node, "reads value " + std::to_string(input) + ", which no earlier node computes"));
      }
    }
    if (auto ok = checkNode(graph, node); !ok) return ok;
    if (node.output < 0 || node.output >= graph.valueCount || defined[node.output]) {
      return fail(badNode(node, "writes value " + std::to_string(node.output) +
                                    ", which is out of range or written before"));
    }
    defined[node.output] = true;
  }
  return {};
}

Result<void> checkOutputs(const Graph& graph, const std::vector<bool>& defined) {
  if (graph.outputs.empty() || graph.outputs[0].auxiliary) {
    return fail(ErrorCode::badArgument,
                "graph '" + graph.name + "' needs a first output that is not auxiliary");
  }
  std::set<std::string> names;
  for (const Output& output : graph.outputs) {
    const bool known =
        output.value >= 0 && output.value < graph.valueCount && defined[output.value];
    if (!known || output.name.empty() || !names.insert(output.name).second) {
      return fail(ErrorCode::badArgument, "output '" + output.name + "' of graph '" + graph.name +
                                              "' has no value, no name or one used twice");
    }
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
  std::vector<bool> defined(graph.valueCount, false);
  defined[0] = true;
  if (auto ok = checkNodes(graph, names, defined); !ok) return ok;
  return checkOutputs(graph, defined);
}

Result<std::vector<Dims>> inferShapes(const Graph& graph, const Dims& input) {
  if (auto ok = validate(graph); !ok) return fail(ok.error());
  if (input.size() != 4 || input[1] != graph.inputChannels) {
    return fail(ErrorCode::badArgument, "graph '" + graph.name + "' expects input [N," +
                                            std::to_string(graph.inputChannels) + ",H,W], got " +
                                            describe(input));
  }
  if (auto ok = checkExtents(input); !ok) return fail(ok.error());
  std::vector<Dims> shapes(graph.valueCount);
  shapes[0] = input;
  for (const Node& node : graph.nodes) {
    Result<Dims> shape = opRow(node.op).shape({graph, node}, inputShapes(node, shapes));
    if (!shape) return fail(nodeError(node, shape.error()));
    if (auto ok = checkExtents(*shape); !ok) return fail(nodeError(node, ok.error()));
    shapes[node.output] = std::move(*shape);
  }
  return shapes;
}

}  // namespace limbus
