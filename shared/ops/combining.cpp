// concat, add, mul: several inputs into one.
#include <algorithm>

#include "shared/graph/op.h"
#include "shared/ops/families.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/onnx_node_reader.h"

namespace limbus {
namespace {

constexpr const char* kAxisNames[] = {"batch", "channels", "height", "width"};

Result<Shapes> concatShape(const NodeView&, const std::vector<Dims>& inputs) {
  Dims out = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    for (int axis : {0, 2, 3}) {
      if (inputs[i][axis] == out[axis]) continue;
      return fail(
          ErrorCode::badArgument,
          std::string("inputs differ in ") + kAxisNames[axis] + ": " + std::to_string(out[axis]) +
              " and " + std::to_string(inputs[i][axis]) +
              "; use an image size that the network's strides divide, or resize or crop one");
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

Result<void> readAll(OnnxNodeReader& reader) { return reader.inputs(0, reader.inputCount()); }

Result<void> readConcat(OnnxNodeReader& reader) {
  if (reader.integer("axis", 0) == 1) return readAll(reader);
  return fail(ErrorCode::unsupported, "must join channels (axis 1)");
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
       .minInputs = 2,
       .maxInputs = 2,
       .shapes = broadcastShape,
       .onnxType = "Mul",
       .writeOnnx = writePair,
       .readOnnx = readAll},
  };
}

}  // namespace limbus
