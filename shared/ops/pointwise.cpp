// Activations, functions of each value and dropout: the output has the input's shape.
#include <cmath>

#include "shared/graph/op.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

Result<Shapes> sameShape(const NodeView&, const std::vector<Dims>& inputs) {
  return Shapes{inputs[0]};
}

Result<void> expectFinite(const NodeView& view, const char* name) {
  if (std::isfinite(view.number(name))) return {};
  return fail(ErrorCode::badArgument, std::string(name) + " must be a finite number");
}

Result<void> checkPrelu(const NodeView& view) {
  const Dims& weight = view.parameter("weight")->shape;
  if (weight.size() == 1) return {};
  return fail(ErrorCode::badArgument, "weight must be [C] or [1], got " + describe(weight));
}

Result<Shapes> preluShape(const NodeView& view, const std::vector<Dims>& inputs) {
  const std::int64_t slopes = view.parameter("weight")->shape[0];
  if (slopes == 1 || slopes == inputs[0][1]) return Shapes{inputs[0]};
  return fail(ErrorCode::badArgument, "has " + std::to_string(slopes) + " slopes for " +
                                          std::to_string(inputs[0][1]) + " channels");
}

Result<void> checkLeakyRelu(const NodeView& view) { return expectFinite(view, "slope"); }
Result<void> checkElu(const NodeView& view) { return expectFinite(view, "alpha"); }
Result<void> checkPow(const NodeView& view) { return expectFinite(view, "exponent"); }

Result<void> checkDropout(const NodeView& view) {
  const double p = view.number("p");
  const bool isShare = p >= 0 && p < 1;  // and a number
  if (!isShare) {
    return fail(ErrorCode::badArgument, "p must be in [0,1), got " + std::to_string(p));
  }
  if (!view.flag("perChannel") || !view.flag("perImage")) return {};
  return fail(ErrorCode::badArgument, "perChannel and perImage exclude each other");
}

Result<void> checkClip(const NodeView& view) {
  for (const char* name : {"min", "max"}) {
    if (auto ok = expectFinite(view, name); !ok) return ok;
  }
  if (view.number("min") <= view.number("max")) return {};
  return fail(ErrorCode::badArgument, "min must not exceed max, got " +
                                          std::to_string(view.number("min")) + " and " +
                                          std::to_string(view.number("max")));
}

Result<void> writePlain(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)});
  return {};
}

Result<void> readPlain(OnnxNodeReader& reader) { return reader.inputs(0, 1); }

Result<void> writeSoftmax(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)}, {{"axis", std::int64_t{1}}});
  return {};
}

Result<void> readSoftmax(OnnxNodeReader& reader) {
  if (reader.integer("axis", -1) == 1) return reader.inputs(0, 1);
  return fail(ErrorCode::unsupported, "must be taken over the channels (axis 1)");
}

Result<void> writeLeakyRelu(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)}, {{"alpha", static_cast<float>(emitter.view().number("slope"))}});
  return {};
}

Result<void> readLeakyRelu(OnnxNodeReader& reader) {
  reader.node().attributes["slope"] = reader.number("alpha", 0.01);
  return reader.inputs(0, 1);
}

Result<void> writeElu(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)}, {{"alpha", static_cast<float>(emitter.view().number("alpha"))}});
  return {};
}

Result<void> readElu(OnnxNodeReader& reader) {
  reader.node().attributes["alpha"] = reader.number("alpha", 1.0);
  return reader.inputs(0, 1);
}

Result<void> writePow(OnnxEmitter& emitter) {
  const auto exponent = static_cast<float>(emitter.view().number("exponent"));
  emitter.emit({emitter.input(0), emitter.constant("exponent", exponent)});
  return {};
}

Result<void> readPow(OnnxNodeReader& reader) {
  const auto exponent = reader.constantFloats(1, 1);
  if (!exponent) return fail(exponent.error());
  reader.node().attributes["exponent"] = decimalOf((*exponent)[0]);
  return reader.inputs(0, 1);
}

constexpr float kSixth = 1.0f / 6.0f;

Result<void> writeHardSigmoid(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)}, {{"alpha", kSixth}, {"beta", 0.5f}});
  return {};
}

Result<void> readHardSigmoid(OnnxNodeReader& reader) {
  const auto alpha = static_cast<float>(reader.number("alpha", 0.2));
  if (alpha == kSixth && reader.number("beta", 0.5) == 0.5) return reader.inputs(0, 1);
  return fail(ErrorCode::unsupported, "alpha must be 1/6 and beta 1/2");
}

Result<void> writeClip(OnnxEmitter& emitter) {
  const auto bound = [&](const char* name) {
    return emitter.constant(name, static_cast<float>(emitter.view().number(name)));
  };
  emitter.emit({emitter.input(0), bound("min"), bound("max")});
  return {};
}

Result<void> readClip(OnnxNodeReader& reader) {
  const auto min = reader.constantFloats(1, 1), max = reader.constantFloats(2, 1);
  if (!min) return fail(min.error());
  if (!max) return fail(max.error());
  reader.node().attributes = {{"min", decimalOf((*min)[0])}, {"max", decimalOf((*max)[0])}};
  return reader.inputs(0, 1);
}

Result<void> writePrelu(OnnxEmitter& emitter) {
  const std::int64_t slopes = emitter.view().parameter("weight")->shape[0];
  emitter.emit({emitter.input(0), emitter.parameter("weight", {slopes, 1, 1})});
  return {};
}

Result<void> readPrelu(OnnxNodeReader& reader) {
  const Result<Dims> shape = reader.initializerShape(1);
  if (!shape) return fail(shape.error());
  if (shape->size() != 3 || (*shape)[1] != 1 || (*shape)[2] != 1) {
    return fail(ErrorCode::unsupported, "slopes must be [C,1,1], got " + describe(*shape));
  }
  if (auto ok = reader.parameter(1, {(*shape)[0]}); !ok) return ok;
  return reader.inputs(0, 1);
}

// One without attributes, which ONNX has as well.
OpRow plain(Op op, const char* name, const char* onnxType, bool ofPositive = false) {
  return {.op = op,
          .name = name,
          .ofEachValue = true,
          .ofPositive = ofPositive,
          .shapes = sameShape,
          .onnxType = onnxType,
          .writeOnnx = writePlain,
          .readOnnx = readPlain};
}

OpRow overChannels(Op op, const char* name, const char* onnxType) {
  return {.op = op,
          .name = name,
          .shapes = sameShape,
          .onnxType = onnxType,
          .writeOnnx = writeSoftmax,
          .readOnnx = readSoftmax};
}

}  // namespace

std::vector<OpRow> pointwiseRows() {
  return {
      plain(Op::relu, "relu", "Relu"),
      {.op = Op::leakyRelu,
       .name = "leakyRelu",
       .attributes = {{"slope", 0.01}},
       .ofEachValue = true,
       .check = checkLeakyRelu,
       .shapes = sameShape,
       .onnxType = "LeakyRelu",
       .writeOnnx = writeLeakyRelu,
       .readOnnx = readLeakyRelu},
      {.op = Op::prelu,
       .name = "prelu",
       .parameters = {{"weight"}},
       .check = checkPrelu,
       .shapes = preluShape,
       .onnxType = "PRelu",
       .writeOnnx = writePrelu,
       .readOnnx = readPrelu},
      plain(Op::sigmoid, "sigmoid", "Sigmoid"),
      overChannels(Op::softmax, "softmax", "Softmax"),
      overChannels(Op::logSoftmax, "logSoftmax", "LogSoftmax"),
      {.op = Op::hardSigmoid,
       .name = "hardSigmoid",
       .ofEachValue = true,
       .shapes = sameShape,
       .onnxType = "HardSigmoid",
       .writeOnnx = writeHardSigmoid,
       .readOnnx = readHardSigmoid},
      plain(Op::hardSwish, "hardSwish", "HardSwish"),
      {.op = Op::clip,
       .name = "clip",
       .attributes = {{"min", 0.0, true}, {"max", 0.0, true}},
       .ofEachValue = true,
       .check = checkClip,
       .shapes = sameShape,
       .onnxType = "Clip",
       .writeOnnx = writeClip,
       .readOnnx = readClip},
      {.op = Op::elu,
       .name = "elu",
       .attributes = {{"alpha", 1.0}},
       .ofEachValue = true,
       .check = checkElu,
       .shapes = sameShape,
       .onnxType = "Elu",
       .writeOnnx = writeElu,
       .readOnnx = readElu},
      plain(Op::softplus, "softplus", "Softplus"),
      plain(Op::neg, "neg", "Neg"),
      plain(Op::abs, "abs", "Abs"),
      plain(Op::exp, "exp", "Exp"),
      plain(Op::log, "log", "Log", true),
      plain(Op::sqrt, "sqrt", "Sqrt", true),
      {.op = Op::pow,
       .name = "pow",
       .attributes = {{"exponent", 0.0, true}},
       .ofEachValue = true,
       .ofPositive = true,
       .check = checkPow,
       .shapes = sameShape,
       .onnxType = "Pow",
       .writeOnnx = writePow,
       .readOnnx = readPow},
      plain(Op::erf, "erf", "Erf"),
      plain(Op::tanh, "tanh", "Tanh"),
      {.op = Op::dropout,
       .name = "dropout",
       .attributes = {{"p", 0.5}, {"perChannel", std::int64_t{0}}, {"perImage", std::int64_t{0}}},
       .check = checkDropout,
       .shapes = sameShape},
  };
}

}  // namespace limbus
