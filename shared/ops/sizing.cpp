// resize, crop, pad, pixelShuffle: other heights and widths. The size may come from a second input.
#include <cmath>
#include <limits>
#include <string_view>

#include "shared/graph/op.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

constexpr std::int64_t kMaxBorder = 65535;

// In the order of the attribute "border".
enum Side { top, left, bottom, right };
constexpr const char* kSideNames[] = {"top", "left", "bottom", "right"};

std::vector<std::int64_t> noBorder() { return {0, 0, 0, 0}; }

Result<void> checkResize(const NodeView& view) {
  const std::string& mode = view.text("mode");
  if (mode != "nearest" && mode != "bilinear") {
    return fail(ErrorCode::badArgument, "unknown mode '" + mode + "'; known: nearest, bilinear");
  }
  if (mode == "nearest" && view.flag("alignCorners")) {
    return fail(ErrorCode::badArgument, "alignCorners goes with mode bilinear only");
  }
  const Extent scale = view.extent("scale");
  if (scale.h < 1 || scale.w < 1 || scale.h > 1024 || scale.w > 1024) {
    return fail(ErrorCode::badArgument,
                "scale must be in [1,1024], got " + describe({scale.h, scale.w}));
  }
  return {};
}

Result<Shapes> resizeShape(const NodeView& view, const std::vector<Dims>& inputs) {
  const Dims& in = inputs[0];
  if (inputs.size() == 2) return Shapes{Dims{in[0], in[1], inputs[1][2], inputs[1][3]}};
  const Extent scale = view.extent("scale");
  return Shapes{Dims{in[0], in[1], in[2] * scale.h, in[3] * scale.w}};
}

Result<void> checkBorder(const NodeView& view) {
  for (Side side : {top, left, bottom, right}) {
    const std::int64_t count = view.list("border")[side];
    if (count >= 0 && count <= kMaxBorder) continue;
    return fail(ErrorCode::badArgument, std::string(kSideNames[side]) + " must be in [0," +
                                            std::to_string(kMaxBorder) + "], got " +
                                            std::to_string(count));
  }
  return {};
}

Result<void> checkCrop(const NodeView& view) {
  if (auto ok = checkBorder(view); !ok) return ok;
  const bool fromStart = view.flag("fromStart");
  if (view.node.inputs.size() == 1) {
    if (!fromStart) return {};
    return fail(ErrorCode::badArgument, "fromStart has no meaning without a second input");
  }
  std::vector<std::int64_t> idle = view.list("border");
  if (fromStart) idle[top] = idle[left] = 0;
  if (idle == noBorder()) return {};
  return fail(ErrorCode::badArgument, "border has no meaning when a second input states the size");
}

Result<Shapes> cropShape(const NodeView& view, const std::vector<Dims>& inputs) {
  const Dims& in = inputs[0];
  const std::vector<std::int64_t>& cut = view.list("border");
  Dims out{in[0], in[1], in[2] - cut[top] - cut[bottom], in[3] - cut[left] - cut[right]};
  if (inputs.size() == 2) {
    out[2] = inputs[1][2];
    out[3] = inputs[1][3];
    if (view.flag("fromStart") && (out[2] + cut[top] > in[2] || out[3] + cut[left] > in[3])) {
      return fail(ErrorCode::badArgument, "cannot cut " + describe(out) + " from " + describe(in) +
                                              " behind " + describe({cut[top], cut[left]}));
    }
  }
  if (out[2] >= 1 && out[3] >= 1 && out[2] <= in[2] && out[3] <= in[3]) return Shapes{out};
  return fail(ErrorCode::badArgument, "cannot cut " + describe(in) + " to " + describe(out));
}

Result<void> checkPad(const NodeView& view) {
  if (auto ok = checkBorder(view); !ok) return ok;
  if (!std::isfinite(view.number("value"))) {
    return fail(ErrorCode::badArgument, "value must be a finite number");
  }
  const std::int64_t channels = view.integer("channels");
  if (channels >= 0 && channels <= kMaxBorder) return {};
  return fail(ErrorCode::badArgument, "channels must be in [0," + std::to_string(kMaxBorder) +
                                          "], got " + std::to_string(channels));
}

Result<Shapes> padShape(const NodeView& view, const std::vector<Dims>& inputs) {
  const Dims& in = inputs[0];
  const std::vector<std::int64_t>& more = view.list("border");
  return Shapes{Dims{in[0], in[1] + view.integer("channels"), in[2] + more[top] + more[bottom],
                     in[3] + more[left] + more[right]}};
}

constexpr std::int64_t kMaxFactor = 64;

Result<void> checkPixelShuffle(const NodeView& view) {
  const std::int64_t factor = view.integer("factor");
  if (factor >= 1 && factor <= kMaxFactor) return {};
  return fail(ErrorCode::badArgument, "factor must be in [1," + std::to_string(kMaxFactor) +
                                          "], got " + std::to_string(factor));
}

Result<Shapes> pixelShuffleShape(const NodeView& view, const Shapes& inputs) {
  const Dims& in = inputs[0];
  const std::int64_t factor = view.integer("factor"), cells = factor * factor;
  if (in[1] % cells == 0) return Shapes{Dims{in[0], in[1] / cells, in[2] * factor, in[3] * factor}};
  return fail(ErrorCode::badArgument,
              std::to_string(in[1]) + " channels do not divide into " + std::to_string(cells));
}

Result<void> writePixelShuffle(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)},
               {{"blocksize", emitter.view().integer("factor")}, {"mode", std::string("CRD")}});
  return {};
}

Result<void> readPixelShuffle(OnnxNodeReader& reader) {
  if (reader.text("mode", "DCR") != "CRD") {
    return fail(ErrorCode::unsupported, "must take a pixel's values from neighbours (mode CRD)");
  }
  reader.node().attributes["factor"] = reader.integer("blocksize", 0);
  return reader.inputs(0, 1);
}

constexpr std::string_view kSizeOf = "size of ";  // see readResize

OnnxAttributes onnxResizeMode(const NodeView& view) {
  if (view.text("mode") == "nearest") {
    return {{"coordinate_transformation_mode", std::string("asymmetric")},
            {"mode", std::string("nearest")},
            {"nearest_mode", std::string("floor")}};  // PyTorch's "nearest"
  }
  const char* corners = view.flag("alignCorners") ? "align_corners" : "half_pixel";
  return {{"coordinate_transformation_mode", std::string(corners)},
          {"mode", std::string("linear")}};
}

Result<void> writeResize(OnnxEmitter& emitter) {
  const NodeView view = emitter.view();
  const OnnxAttributes mode = onnxResizeMode(view);
  const std::string none;
  if (view.node.inputs.size() == 1) {
    const Extent scale = view.extent("scale");
    const std::vector<float> scales{1, 1, static_cast<float>(scale.h), static_cast<float>(scale.w)};
    emitter.emit({emitter.input(0), none, emitter.constantFloats("scales", scales)}, mode);
    return {};
  }
  emitter.emit({emitter.input(0), none, none, emitter.sizesLike(1)}, mode);
  return {};
}

Result<void> readResizeMode(OnnxNodeReader& reader) {
  const std::string_view mode = reader.text("mode", "nearest");
  const std::string_view corners = reader.text("coordinate_transformation_mode", "half_pixel");
  const bool bilinear = mode == "linear" && (corners == "half_pixel" || corners == "align_corners");
  const bool nearest = mode == "nearest" && corners == "asymmetric" &&
                       reader.text("nearest_mode", "round_prefer_floor") == "floor";
  if (!bilinear && !nearest) return fail(ErrorCode::unsupported, "resizes by an unknown rule");
  reader.node().attributes = {{"mode", std::string(nearest ? "nearest" : "bilinear")},
                              {"alignCorners", std::int64_t{corners == "align_corners"}},
                              {"scale", std::vector<std::int64_t>{1, 1}}};
  return {};
}

Result<void> readResize(OnnxNodeReader& reader) {
  if (auto ok = readResizeMode(reader); !ok) return ok;
  if (auto ok = reader.inputs(0, 1); !ok) return ok;
  if (reader.inputCount() == 3) {
    const Result<std::vector<float>> scales = reader.constantFloats(2, 4);
    if (!scales) return fail(scales.error());
    for (float scale : *scales) {
      if (scale >= 1 && scale <= 1024 && scale == std::floor(scale)) continue;
      return fail(ErrorCode::unsupported, "scales must be whole numbers in [1,1024]");
    }
    reader.node().attributes["scale"] = std::vector<std::int64_t>{
        static_cast<std::int64_t>((*scales)[2]), static_cast<std::int64_t>((*scales)[3])};
    return {};
  }
  if (reader.isConstant(3)) {  // files of one size: whose, in an older form, else read.cpp asks
    const std::string_view doc = reader.doc();
    return doc.rfind(kSizeOf, 0) == 0 ? reader.input(doc.substr(kSizeOf.size())) : Result<void>{};
  }
  const Result<std::string_view> like = reader.sizeSource(3);
  if (!like) return fail(like.error());
  return reader.input(*like);
}

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();

// ONNX's Slice keeps [starts, ends) of axes 2 and 3; negative ends count from the end.
Result<void> writeCrop(OnnxEmitter& emitter) {
  const NodeView view = emitter.view();
  if (view.node.inputs.size() == 1) {
    const std::vector<std::int64_t>& cut = view.list("border");
    const auto end = [&](Side side) { return cut[side] > 0 ? -cut[side] : kToTheEnd; };
    emitter.emit({emitter.input(0), emitter.constant("starts", {cut[top], cut[left]}),
                  emitter.constant("ends", {end(bottom), end(right)}),
                  emitter.constant("axes", {2, 3})});
    return {};
  }
  const OnnxAttributes heightAndWidth{{"start", std::int64_t{2}}};
  const std::string axes = emitter.constant("axes", {2, 3});
  if (view.flag("fromStart")) {
    const std::vector<std::int64_t>& cut = view.list("border");
    const std::string starts = emitter.constant("starts", {cut[top], cut[left]});
    const std::string like = emitter.extraNode("like", "Shape", {emitter.input(1)}, heightAndWidth);
    const std::string ends = emitter.extraNode("ends", "Add", {starts, like});
    emitter.emit({emitter.input(0), starts, ends, axes});
    return {};
  }
  const std::string own = emitter.extraNode("own", "Shape", {emitter.input(0)}, heightAndWidth);
  const std::string like = emitter.extraNode("like", "Shape", {emitter.input(1)}, heightAndWidth);
  const std::string spare = emitter.extraNode("spare", "Sub", {own, like});
  const std::string starts =
      emitter.extraNode("starts", "Div", {spare, emitter.constant("two", {2, 2})});
  const std::string ends = emitter.extraNode("ends", "Add", {starts, like});
  emitter.emit({emitter.input(0), starts, ends, axes});
  return {};
}

Result<void> readCrop(OnnxNodeReader& reader) {
  reader.node().attributes = {{"border", noBorder()}, {"fromStart", std::int64_t{0}}};
  if (auto ok = reader.inputs(0, 1); !ok) return ok;
  const auto axes = reader.constant(3, 2);
  if (!axes || *axes != std::vector<std::int64_t>{2, 3}) {
    return fail(ErrorCode::unsupported, "must cut height and width (axes 2 and 3)");
  }
  if (!reader.isConstant(1)) {
    const Result<std::string_view> like = reader.sizeSource(2);
    if (!like) return fail(like.error());
    return reader.input(*like);
  }
  const auto starts = reader.constant(1, 2), ends = reader.constant(2, 2);
  if (!starts) return fail(starts.error());
  if (!reader.isConstant(2)) {
    reader.node().attributes = {
        {"border", std::vector<std::int64_t>{(*starts)[0], (*starts)[1], 0, 0}},
        {"fromStart", std::int64_t{1}}};
    const Result<std::string_view> like = reader.sizeSource(2);
    return like ? reader.input(*like) : fail(like.error());
  }
  if (!ends) return fail(ends.error());
  for (std::int64_t end : *ends) {
    if (end < 0 || end == kToTheEnd) continue;
    return fail(ErrorCode::unsupported, "must count its ends from the end");
  }
  const auto cut = [](std::int64_t end) {
    return end == kToTheEnd ? 0 : end == kLowest ? -1 : -end;
  };
  reader.node().attributes["border"] =
      std::vector<std::int64_t>{(*starts)[0], (*starts)[1], cut((*ends)[0]), cut((*ends)[1])};
  return {};
}

Result<void> writePad(OnnxEmitter& emitter) {
  const NodeView view = emitter.view();
  const std::vector<std::int64_t>& more = view.list("border");
  const std::vector<std::int64_t> pads{
      0, 0, more[top], more[left], 0, view.integer("channels"), more[bottom], more[right]};
  emitter.emit({emitter.input(0), emitter.constant("pads", pads),
                emitter.constant("value", static_cast<float>(view.number("value")))},
               {{"mode", std::string("constant")}});
  return {};
}

Result<void> readPad(OnnxNodeReader& reader) {
  if (reader.text("mode", "constant") != "constant") {
    return fail(ErrorCode::unsupported, "must pad with a constant");
  }
  if (auto ok = reader.inputs(0, 1); !ok) return ok;
  const auto pads = reader.constant(1, 8);
  if (!pads) return fail(pads.error());
  const auto value = reader.constantFloats(2, 1);
  if (!value) return fail(value.error());
  if ((*pads)[0] || (*pads)[1] || (*pads)[4]) {
    return fail(ErrorCode::unsupported, "must pad height, width and the end of the channels only");
  }
  reader.node().attributes = {
      {"border", std::vector<std::int64_t>{(*pads)[2], (*pads)[3], (*pads)[6], (*pads)[7]}},
      {"value", decimalOf((*value)[0])},
      {"channels", (*pads)[5]}};
  return {};
}

AttributeSpec borderAttribute() { return {.name = "border", .byDefault = noBorder(), .length = 4}; }

}  // namespace

std::vector<OpRow> sizingRows() {
  OpRow resize{.op = Op::resize,
               .name = "resize",
               .maxInputs = 2,
               .attributes = {{"mode", std::string("bilinear")},
                              {"alignCorners", std::int64_t{0}},
                              {"scale", std::vector<std::int64_t>{1, 1}}},
               .check = checkResize,
               .shapes = resizeShape,
               .onnxType = "Resize",
               .writeOnnx = writeResize,
               .readOnnx = readResize};
  OpRow crop{.op = Op::crop,
             .name = "crop",
             .maxInputs = 2,
             .attributes = {borderAttribute(), {"fromStart", std::int64_t{0}}},
             .check = checkCrop,
             .shapes = cropShape,
             .onnxType = "Slice",
             .writeOnnx = writeCrop,
             .readOnnx = readCrop};
  OpRow pad{.op = Op::pad,
            .name = "pad",
            .attributes = {borderAttribute(), {"value", 0.0}, {"channels", std::int64_t{0}}},
            .check = checkPad,
            .shapes = padShape,
            .onnxType = "Pad",
            .writeOnnx = writePad,
            .readOnnx = readPad};
  OpRow pixelShuffle{.op = Op::pixelShuffle,
                     .name = "pixelShuffle",
                     .attributes = {{"factor", std::int64_t{1}, true}},
                     .check = checkPixelShuffle,
                     .shapes = pixelShuffleShape,
                     .onnxType = "DepthToSpace",
                     .writeOnnx = writePixelShuffle,
                     .readOnnx = readPixelShuffle};
  return {resize, crop, pad, pixelShuffle};
}

}  // namespace limbus
