// conv, deconv: PyTorch's Conv2d and ConvTranspose2d.
#include "shared/graph/op.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

Result<void> checkRange(const char* name, Extent value, std::int64_t minimum) {
  if (value.h < minimum || value.w < minimum || value.h > kMaxWindow || value.w > kMaxWindow) {
    return fail(ErrorCode::badArgument,
                std::string(name) + " must be in [" + std::to_string(minimum) + "," +
                    std::to_string(kMaxWindow) + "], got " + describe({value.h, value.w}));
  }
  return {};
}

Result<void> checkWindow(const NodeView& view) {
  for (const char* name : {"kernel", "stride", "dilation"}) {
    if (auto ok = checkRange(name, view.extent(name), 1); !ok) return ok;
  }
  if (auto ok = checkRange("padding", view.extent("padding"), 0); !ok) return ok;
  const std::int64_t groups = view.integer("groups");
  if (groups < 1 || groups > kMaxExtent) {
    return fail(ErrorCode::badArgument, "groups must be at least 1, got " + std::to_string(groups));
  }
  return {};
}

// Weight [a,b,kH,kW] and bias [outputs] against the attributes.
Result<void> checkWeights(const NodeView& view, std::int64_t outputs) {
  const Dims& weight = view.parameter("weight")->shape;
  const Extent kernel = view.extent("kernel");
  if (weight[2] != kernel.h || weight[3] != kernel.w) {
    return fail(ErrorCode::badArgument, "weight " + describe(weight) + " does not fit kernel " +
                                            describe({kernel.h, kernel.w}));
  }
  if (weight[0] % view.integer("groups") != 0) {
    return fail(ErrorCode::badArgument, "weight " + describe(weight) + " does not divide into " +
                                            std::to_string(view.integer("groups")) + " groups");
  }
  const Parameter* bias = view.parameter("bias");
  if (bias && bias->shape != Dims{outputs}) {
    return fail(ErrorCode::badArgument,
                "bias must be [" + std::to_string(outputs) + "], got " + describe(bias->shape));
  }
  return {};
}

Result<void> checkRank(const NodeView& view) {
  const Dims& weight = view.parameter("weight")->shape;
  if (weight.size() == 4) return {};
  return fail(ErrorCode::badArgument, "weight must have 4 dimensions, got " + describe(weight));
}

Result<void> checkConv(const NodeView& view) {
  if (auto ok = checkWindow(view); !ok) return ok;
  if (auto ok = checkRank(view); !ok) return ok;
  return checkWeights(view, view.parameter("weight")->shape[0]);
}

Result<void> checkDeconv(const NodeView& view) {
  if (auto ok = checkWindow(view); !ok) return ok;
  if (auto ok = checkRank(view); !ok) return ok;
  const Extent extra = view.extent("outputPadding"), stride = view.extent("stride"),
               dilation = view.extent("dilation");
  const auto fits = [](std::int64_t e, std::int64_t s, std::int64_t d) {
    return e >= 0 && (e < s || e < d);
  };
  if (!fits(extra.h, stride.h, dilation.h) || !fits(extra.w, stride.w, dilation.w)) {
    return fail(ErrorCode::badArgument, "outputPadding " + describe({extra.h, extra.w}) +
                                            " must be smaller than the stride or the dilation");
  }
  const auto outputs = checkedProduct({view.parameter("weight")->shape[1], view.integer("groups")});
  if (!outputs) return fail(outputs.error());
  return checkWeights(view, *outputs);
}

Result<void> expectChannels(const Dims& input, std::int64_t channels) {
  if (input[1] == channels) return {};
  return fail(ErrorCode::badArgument, "expects " + std::to_string(channels) +
                                          " input channels, got " + std::to_string(input[1]));
}

Result<Shapes> convShape(const NodeView& view, const std::vector<Dims>& inputs) {
  const Dims& in = inputs[0];
  const Dims& weight = view.parameter("weight")->shape;
  if (auto ok = expectChannels(in, weight[1] * view.integer("groups")); !ok)
    return fail(ok.error());
  const Extent kernel = view.extent("kernel"), stride = view.extent("stride"),
               padding = view.extent("padding"), dilation = view.extent("dilation");
  const std::int64_t roomH = in[2] + 2 * padding.h - dilation.h * (kernel.h - 1) - 1;
  const std::int64_t roomW = in[3] + 2 * padding.w - dilation.w * (kernel.w - 1) - 1;
  if (roomH < 0 || roomW < 0) {
    return fail(ErrorCode::badArgument, "input " + describe(in) + " is smaller than the window");
  }
  return Shapes{Dims{in[0], weight[0], roomH / stride.h + 1, roomW / stride.w + 1}};
}

Result<Shapes> deconvShape(const NodeView& view, const std::vector<Dims>& inputs) {
  const Dims& in = inputs[0];
  const Dims& weight = view.parameter("weight")->shape;
  if (auto ok = expectChannels(in, weight[0]); !ok) return fail(ok.error());
  const Extent kernel = view.extent("kernel"), stride = view.extent("stride"),
               padding = view.extent("padding"), dilation = view.extent("dilation"),
               extra = view.extent("outputPadding");
  const std::int64_t h =
      (in[2] - 1) * stride.h - 2 * padding.h + dilation.h * (kernel.h - 1) + extra.h + 1;
  const std::int64_t w =
      (in[3] - 1) * stride.w - 2 * padding.w + dilation.w * (kernel.w - 1) + extra.w + 1;
  if (h < 1 || w < 1) {
    return fail(ErrorCode::badArgument,
                "nothing is left of input " + describe(in) + " after padding is taken off");
  }
  return Shapes{Dims{in[0], weight[1] * view.integer("groups"), h, w}};
}

Result<std::int64_t> convCost(const NodeView& view, const std::vector<Dims>&, const Dims& output) {
  const Dims& weight = view.parameter("weight")->shape;
  return checkedProduct(
      {output[0], output[1], output[2], output[3], weight[1], weight[2], weight[3]});
}

Result<std::int64_t> deconvCost(const NodeView& view, const std::vector<Dims>& inputs,
                                const Dims&) {
  const Dims& weight = view.parameter("weight")->shape;
  const Dims& in = inputs[0];
  return checkedProduct({in[0], in[1], in[2], in[3], weight[1], weight[2], weight[3]});
}

// Conv and ConvTranspose share all but the output padding.
OnnxAttributes convWindow(const NodeView& view) {
  return {{"dilations", onnxPair(view.extent("dilation"))},
          {"group", view.integer("groups")},
          {"kernel_shape", onnxPair(view.extent("kernel"))},
          {"pads", onnxPads(view.extent("padding"))},
          {"strides", onnxPair(view.extent("stride"))}};
}

Result<void> writeConv(OnnxEmitter& emitter) {
  emitter.emit(emitter.inputAndParameters(), convWindow(emitter.view()));
  return {};
}

Result<void> writeDeconv(OnnxEmitter& emitter) {
  OnnxAttributes attributes = convWindow(emitter.view());
  attributes.push_back({"output_padding", onnxPair(emitter.view().extent("outputPadding"))});
  emitter.emit(emitter.inputAndParameters(), attributes);
  return {};
}

Result<void> readConv(OnnxNodeReader& reader) {
  if (auto ok = reader.inputs(0, 1); !ok) return ok;
  for (std::size_t i = 1; i < reader.inputCount(); ++i) {
    if (auto ok = reader.parameter(i); !ok) return ok;
  }
  if (auto ok = reader.extent("kernel_shape", "kernel"); !ok) return ok;
  if (auto ok = reader.extent("strides", "stride"); !ok) return ok;
  if (auto ok = reader.extent("dilations", "dilation"); !ok) return ok;
  reader.node().attributes["groups"] = reader.integer("group", 1);
  return reader.symmetricPads();
}

Result<void> readDeconv(OnnxNodeReader& reader) {
  if (auto ok = reader.extent("output_padding", "outputPadding"); !ok) return ok;
  return readConv(reader);
}

std::vector<AttributeSpec> windowAttributes() {
  const std::vector<std::int64_t> zero{0, 0}, one{1, 1};
  return {{"kernel", one, true},
          {"stride", one},
          {"padding", zero},
          {"dilation", one},
          {"groups", std::int64_t{1}}};
}

}  // namespace

std::vector<OpRow> convolutionRows() {
  OpRow conv{.op = Op::conv,
             .name = "conv",
             .attributes = windowAttributes(),
             .parameters = {{"weight"}, {"bias", true}},
             .check = checkConv,
             .shapes = convShape,
             .multiplyAdds = convCost,
             .onnxType = "Conv",
             .writeOnnx = writeConv,
             .readOnnx = readConv};
  OpRow deconv{.op = Op::deconv,
               .name = "deconv",
               .attributes = windowAttributes(),
               .parameters = {{"weight"}, {"bias", true}},
               .check = checkDeconv,
               .shapes = deconvShape,
               .multiplyAdds = deconvCost,
               .onnxType = "ConvTranspose",
               .writeOnnx = writeDeconv,
               .readOnnx = readDeconv};
  deconv.attributes.push_back({"outputPadding", std::vector<std::int64_t>{0, 0}});
  return {conv, deconv};
}

}  // namespace limbus
