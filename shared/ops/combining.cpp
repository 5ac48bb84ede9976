// concat, add, mul: several inputs into one; slice: some channels of one; channelShuffle: all of
// one in another order.
#include <algorithm>
#include <cmath>

#include "shared/graph/op.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

constexpr const char* kAxisNames[] = {"batch", "channels", "height", "width"};

Result<Shapes> concatShape(const NodeView&, const std::vector<Dims>& inputs) {
  Dims out = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    for (int axis : {0, 2, 3}) {
      if (inputs[i][axis] == out[axis]) continue;
      return fail(ErrorCode::badArgument, std::string("inputs differ in ") + kAxisNames[axis] +
                                              ": " + std::to_string(out[axis]) + " and " +
                                              std::to_string(inputs[i][axis]));
    }
    out[1] += inputs[i][1];
  }
  return Shapes{out};
}

Result<Shapes> broadcastShape(const NodeView&, const std::vector<Dims>& inputs) {
  Dims out = inputs[0];
  for (int axis = 0; axis < 4; ++axis) {
    const std::int64_t a = inputs[0][axis], b = inputs[1][axis];
    if (a != b && (axis == 0 || (a != 1 && b != 1))) {
      return fail(ErrorCode::badArgument, std::string("inputs differ in ") + kAxisNames[axis] +
                                              ": " + std::to_string(a) + " and " +
                                              std::to_string(b));
    }
    out[axis] = std::max(a, b);
  }
  return Shapes{out};
}

Result<void> checkMul(const NodeView& view) {
  if (!std::isfinite(view.number("factor"))) {
    return fail(ErrorCode::badArgument, "factor must be a finite number");
  }
  if (view.node.inputs.size() == 1 || view.number("factor") == 1) return {};
  return fail(ErrorCode::badArgument, "factor has no meaning where two values are multiplied");
}

Result<Shapes> mulShape(const NodeView& view, const Shapes& inputs) {
  return inputs.size() == 1 ? Shapes{inputs[0]} : broadcastShape(view, inputs);
}

std::vector<std::string> allInputs(const OnnxEmitter& emitter) {
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < emitter.view().node.inputs.size(); ++i) {
    inputs.push_back(emitter.input(static_cast<int>(i)));
  }
  return inputs;
}

Result<void> writeConcat(OnnxEmitter& emitter) {
  emitter.emit(allInputs(emitter), {{"axis", std::int64_t{1}}});
  return {};
}

Result<void> writePair(OnnxEmitter& emitter) {
  emitter.emit(allInputs(emitter));
  return {};
}

Result<void> writeMul(OnnxEmitter& emitter) {
  if (emitter.view().node.inputs.size() == 2) return writePair(emitter);
  const auto factor = static_cast<float>(emitter.view().number("factor"));
  emitter.emit({emitter.input(0), emitter.constant("factor", factor)});
  return {};
}

Result<void> readAll(OnnxNodeReader& reader) { return reader.inputs(0, reader.inputCount()); }

Result<void> readMul(OnnxNodeReader& reader) {
  reader.node().attributes["factor"] = 1.0;
  if (!reader.isConstant(1)) return readAll(reader);
  const auto factor = reader.constantFloats(1, 1);
  if (!factor) return fail(factor.error());
  reader.node().attributes["factor"] = decimalOf((*factor)[0]);
  return reader.inputs(0, 1);
}

Result<void> readConcat(OnnxNodeReader& reader) {
  if (reader.integer("axis", 0) == 1) return readAll(reader);
  return fail(ErrorCode::unsupported, "must join channels (axis 1)");
}

Result<void> checkSlice(const NodeView& view) {
  const std::int64_t first = view.integer("first"), count = view.integer("count");
  if (first >= 0 && count >= 1 && first <= kMaxExtent && count <= kMaxExtent) return {};
  return fail(ErrorCode::badArgument, "first must be 0 or more and count 1 or more, got " +
                                          std::to_string(first) + " and " + std::to_string(count));
}

Result<Shapes> sliceShape(const NodeView& view, const Shapes& inputs) {
  const std::int64_t first = view.integer("first"), count = view.integer("count");
  const Dims& in = inputs[0];
  if (first + count <= in[1]) return Shapes{Dims{in[0], count, in[2], in[3]}};
  return fail(ErrorCode::badArgument, "channels " + std::to_string(first) + " to " +
                                          std::to_string(first + count - 1) + " of " +
                                          std::to_string(in[1]));
}

// As a Gather: ONNX's Slice is crop's.
Result<void> writeSlice(OnnxEmitter& emitter) {
  std::vector<std::int64_t> channels;
  for (std::int64_t i = 0; i < emitter.view().integer("count"); ++i) {
    channels.push_back(emitter.view().integer("first") + i);
  }
  emitter.emit({emitter.input(0), emitter.constant("channels", channels)},
               {{"axis", std::int64_t{1}}});
  return {};
}

Result<void> readSlice(OnnxNodeReader& reader) {
  const Result<Dims> shape = reader.initializerShape(1);
  if (!shape) return fail(shape.error());
  const std::int64_t count = shape->size() == 1 ? (*shape)[0] : 0;
  const auto channels = reader.constant(1, static_cast<std::size_t>(count));
  if (!channels) return fail(channels.error());
  for (std::size_t i = 1; i < channels->size(); ++i) {
    if ((*channels)[i] == (*channels)[i - 1] + 1) continue;
    return fail(ErrorCode::unsupported, "must take channels that stand beside each other");
  }
  if (count < 1 || reader.integer("axis", 0) != 1) {
    return fail(ErrorCode::unsupported, "must take channels (axis 1)");
  }
  reader.node().attributes = {{"first", (*channels)[0]}, {"count", count}};
  return reader.inputs(0, 1);
}

Result<Shapes> channelShuffleShape(const NodeView& view, const Shapes& inputs) {
  const std::int64_t groups = view.integer("groups"), channels = inputs[0][1];
  if (groups >= 1 && channels % groups == 0) return Shapes{inputs[0]};
  return fail(ErrorCode::badArgument, "groups must divide " + std::to_string(channels) +
                                          " channels, got " + std::to_string(groups));
}

const std::vector<std::int64_t> kSwap{0, 2, 1, 3, 4};

// Reshape [N,G,C/G,H,W], Transpose, Reshape like x: as PyTorch's exporters write it.
Result<void> writeChannelShuffle(OnnxEmitter& emitter) {
  const std::string x = emitter.input(0);
  const std::string size = emitter.extraNode("size", "Shape", {x}, {{"start", std::int64_t{2}}});
  const std::string groups = emitter.constant("groups", {0, emitter.view().integer("groups"), -1});
  const std::string target =
      emitter.extraNode("target", "Concat", {groups, size}, {{"axis", std::int64_t{0}}});
  const std::string grouped = emitter.extraNode("grouped", "Reshape", {x, target});
  const std::string swapped =
      emitter.extraNode("swapped", "Transpose", {grouped}, {{"perm", kSwap}});
  emitter.emit({swapped, emitter.extraNode("shape", "Shape", {x})});
  return {};
}

Result<void> readChannelShuffle(OnnxNodeReader& reader) {
  const OnnxNode* swapped = reader.part(reader.inputName(0), "Transpose", 1);
  const OnnxNode* grouped = swapped ? reader.part(swapped->inputs[0], "Reshape", 2) : nullptr;
  const OnnxNode* target = grouped ? reader.sizes(grouped->inputs[1], "Concat", 2) : nullptr;
  if (!target || reader.shapeSource(1) != grouped->inputs[0] ||
      reader.permutationOf(*swapped) != kSwap) {
    return fail(ErrorCode::unsupported,
                "reshapes, and is no end of a norm of groups or of a shuffle of channels");
  }
  const Result<std::string_view> source = reader.sizeSource(target->inputs[1]);
  if (!source) return fail(source.error());
  const auto groups = reader.constant(target->inputs[0], 3);
  if (!groups) return fail(groups.error());
  if (*source != grouped->inputs[0] || (*groups)[0] != 0 || (*groups)[1] < 1 ||
      (*groups)[2] != -1) {
    return fail(ErrorCode::unsupported, "reshapes to something else than groups of channels");
  }
  reader.node().attributes = {{"groups", (*groups)[1]}};
  return reader.input(*source);
}

}  // namespace

std::vector<OpRow> combiningRows() {
  return {
      {.op = Op::concat,
       .name = "concat",
       .minInputs = 2,
       .maxInputs = -1,
       .shapes = concatShape,
       .onnxType = "Concat",
       .writeOnnx = writeConcat,
       .readOnnx = readConcat},
      {.op = Op::add,
       .name = "add",
       .minInputs = 2,
       .maxInputs = 2,
       .shapes = broadcastShape,
       .onnxType = "Add",
       .writeOnnx = writePair,
       .readOnnx = readAll},
      {.op = Op::mul,
       .name = "mul",
       .minInputs = 1,
       .maxInputs = 2,
       .attributes = {{"factor", 1.0}},
       .check = checkMul,
       .shapes = mulShape,
       .onnxType = "Mul",
       .writeOnnx = writeMul,
       .readOnnx = readMul},
      {.op = Op::slice,
       .name = "slice",
       .attributes = {{"first", std::int64_t{0}, true}, {"count", std::int64_t{1}, true}},
       .check = checkSlice,
       .shapes = sliceShape,
       .onnxType = "Gather",
       .writeOnnx = writeSlice,
       .readOnnx = readSlice},
      {.op = Op::channelShuffle,
       .name = "channelShuffle",
       .attributes = {{"groups", std::int64_t{1}, true}},
       .shapes = channelShuffleShape,
       .onnxType = "Reshape",
       .onnxAfter = "Transpose",
       .writeOnnx = writeChannelShuffle,
       .readOnnx = readChannelShuffle},
  };
}

}  // namespace limbus
