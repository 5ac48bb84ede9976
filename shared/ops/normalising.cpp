// batchNorm, groupNorm: the output has the input's shape.
#include <algorithm>

#include "shared/graph/op.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

Result<void> checkBatchNorm(const NodeView& view) {
  const Dims& weight = view.parameter("weight")->shape;
  for (const char* role : {"weight", "bias", "running_mean", "running_var"}) {
    const Dims& shape = view.parameter(role)->shape;
    if (shape.size() != 1 || shape != weight) {
      return fail(ErrorCode::badArgument,
                  std::string(role) + " must be [C], equal for all four, got " + describe(shape));
    }
  }
  const double eps = view.number("eps"), momentum = view.number("momentum");
  const bool sound = eps > 0 && eps < 1 && momentum >= 0 && momentum <= 1;
  if (!sound) {
    return fail(ErrorCode::badArgument, "eps must be in (0,1) and momentum in [0,1], got " +
                                            std::to_string(eps) + " and " +
                                            std::to_string(momentum));
  }
  return {};
}

Result<Shapes> normShape(const NodeView& view, const std::vector<Dims>& inputs) {
  const std::int64_t channels = view.parameter("weight")->shape[0];
  if (inputs[0][1] == channels) return Shapes{inputs[0]};
  return fail(ErrorCode::badArgument, "expects " + std::to_string(channels) + " channels, got " +
                                          std::to_string(inputs[0][1]));
}

Result<void> checkGroupNorm(const NodeView& view) {
  const Dims& weight = view.parameter("weight")->shape;
  const Dims& bias = view.parameter("bias")->shape;
  if (weight.size() != 1 || bias != weight) {
    return fail(ErrorCode::badArgument,
                "weight and bias must be [C], got " + describe(weight) + " and " + describe(bias));
  }
  const std::int64_t groups = view.integer("groups");
  if (groups < 1 || weight[0] % groups != 0) {
    return fail(ErrorCode::badArgument, "groups must divide " + std::to_string(weight[0]) +
                                            " channels, got " + std::to_string(groups));
  }
  const double eps = view.number("eps");
  if (eps > 0 && eps < 1) return {};
  return fail(ErrorCode::badArgument, "eps must be in (0,1), got " + std::to_string(eps));
}

Result<void> writeBatchNorm(OnnxEmitter& emitter) {
  const NodeView& view = emitter.view();
  // ONNX states the share of the old statistics, PyTorch that of the new.
  emitter.emit(emitter.inputAndParameters(),
               {{"epsilon", static_cast<float>(view.number("eps"))},
                {"momentum", static_cast<float>(1.0 - view.number("momentum"))}});
  return {};
}

Result<void> readBatchNorm(OnnxNodeReader& reader) {
  if (auto ok = reader.inputs(0, 1); !ok) return ok;
  for (std::size_t i = 1; i < reader.inputCount(); ++i) {
    if (auto ok = reader.parameter(i); !ok) return ok;
  }
  const double kept = reader.number("momentum", 0.9);
  reader.node().attributes = {{"eps", reader.number("epsilon", 1e-5)},
                              {"momentum", decimalOf(static_cast<float>(1.0 - kept))}};
  return {};
}

// Opset 17 normalises only channel by channel: a group becomes one, and then its channels again.
//   Reshape [N,G,C/G*H*W], InstanceNormalization, Reshape [N,C,H*W], Mul, Add, Reshape like x
Result<void> writeGroupNorm(OnnxEmitter& emitter) {
  const NodeView& view = emitter.view();
  const std::int64_t groups = view.integer("groups");
  const std::int64_t channels = view.parameter("weight")->shape[0];
  const auto count = static_cast<std::size_t>(groups);
  const std::string shape = emitter.extraNode("shape", "Shape", {emitter.input(0)});
  const std::string grouped = emitter.extraNode(
      "grouped", "Reshape", {emitter.input(0), emitter.constant("groups", {0, groups, -1})});
  const std::string normal =
      emitter.extraNode("normal", "InstanceNormalization",
                        {grouped, emitter.constantFloats("ones", std::vector<float>(count, 1)),
                         emitter.constantFloats("zeros", std::vector<float>(count, 0))},
                        {{"epsilon", static_cast<float>(view.number("eps"))}});
  const std::string planes = emitter.extraNode(
      "planes", "Reshape", {normal, emitter.constant("channels", {0, channels, -1})});
  const std::string scaled =
      emitter.extraNode("scaled", "Mul", {planes, emitter.parameter("weight", {channels, 1})});
  const std::string shifted =
      emitter.extraNode("shifted", "Add", {scaled, emitter.parameter("bias", {channels, 1})});
  emitter.emit({shifted, shape});
  return {};
}

// From the last of those nodes back to the first.
Result<void> readGroupNorm(OnnxNodeReader& reader) {
  const OnnxNode* add = reader.part(reader.inputName(0), "Add", 2);
  const OnnxNode* mul = add ? reader.part(add->inputs[0], "Mul", 2) : nullptr;
  const OnnxNode* planes = mul ? reader.part(mul->inputs[0], "Reshape", 2) : nullptr;
  const OnnxNode* normal =
      planes ? reader.part(planes->inputs[0], "InstanceNormalization", 3) : nullptr;
  const OnnxNode* grouped = normal ? reader.part(normal->inputs[0], "Reshape", 2) : nullptr;
  if (!grouped || reader.shapeSource(1) != grouped->inputs[0]) {
    return fail(ErrorCode::unsupported,
                "reshapes, and is no end of a norm of groups or of a shuffle of channels");
  }
  const auto groups = reader.constant(grouped->inputs[1], 3);
  const auto channels = reader.constant(planes->inputs[1], 3);
  if (!groups) return fail(groups.error());
  if (!channels) return fail(channels.error());
  const std::vector<std::int64_t> likeGroups{0, (*groups)[1], -1},
      likePlanes{0, (*channels)[1], -1};
  const auto ones =
      reader.constantFloats(normal->inputs[1], static_cast<std::size_t>((*groups)[1]));
  const auto zeros =
      reader.constantFloats(normal->inputs[2], static_cast<std::size_t>((*groups)[1]));
  if (!ones) return fail(ones.error());
  if (!zeros) return fail(zeros.error());
  const auto all = [](const std::vector<float>& values, float wanted) {
    return std::all_of(values.begin(), values.end(), [&](float v) { return v == wanted; });
  };
  if (*groups != likeGroups || *channels != likePlanes || !all(*ones, 1) || !all(*zeros, 0)) {
    return fail(ErrorCode::unsupported, "normalises by another rule than groups of channels");
  }
  reader.node().attributes = {{"groups", (*groups)[1]}, {"eps", reader.epsilonOf(*normal)}};
  for (const OnnxNode* node : {mul, add}) {
    if (auto ok = reader.parameter(node->inputs[1], {(*channels)[1]}); !ok) return ok;
  }
  return reader.input(grouped->inputs[0]);
}

}  // namespace

std::vector<OpRow> normalisingRows() {
  return {
      {.op = Op::batchNorm,
       .name = "batchNorm",
       .attributes = {{"eps", 1e-5}, {"momentum", 0.1}},
       .parameters =
           {{"weight"}, {"bias"}, {"running_mean", false, false}, {"running_var", false, false}},
       .check = checkBatchNorm,
       .shapes = normShape,
       .onnxType = "BatchNormalization",
       .writeOnnx = writeBatchNorm,
       .readOnnx = readBatchNorm},
      {.op = Op::groupNorm,
       .name = "groupNorm",
       .attributes = {{"groups", std::int64_t{1}, true}, {"eps", 1e-5}},
       .parameters = {{"weight"}, {"bias"}},
       .check = checkGroupNorm,
       .shapes = normShape,
       .onnxType = "Reshape",
       .onnxAfter = "Add",
       .writeOnnx = writeGroupNorm,
       .readOnnx = readGroupNorm},
  };
}

}  // namespace limbus
