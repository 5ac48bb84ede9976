// maxPool, avgPool with PyTorch's rounding, maxUnpool, and pools to a given number of bins.
#include "shared/graph/op.h"
#include "shared/ops/onnx_emitter.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

Result<void> checkPool(const NodeView& view) {
  const Extent kernel = view.extent("kernel"), stride = view.extent("stride"),
               padding = view.extent("padding");
  for (std::int64_t value : {kernel.h, kernel.w, stride.h, stride.w}) {
    if (value >= 1 && value <= kMaxWindow) continue;
    return fail(ErrorCode::badArgument, "kernel and stride must be in [1," +
                                            std::to_string(kMaxWindow) + "], got " +
                                            std::to_string(value));
  }
  if (padding.h < 0 || padding.w < 0 || padding.h * 2 > kernel.h || padding.w * 2 > kernel.w) {
    return fail(ErrorCode::badArgument, "padding " + describe({padding.h, padding.w}) +
                                            " must be at most half of kernel " +
                                            describe({kernel.h, kernel.w}));
  }
  return {};
}

// With ceil a window that sticks out at the end counts, but only if it starts inside the input or
// its left padding.
std::int64_t pooledExtent(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                          std::int64_t padding, bool ceil) {
  const std::int64_t room = in + 2 * padding - kernel;
  if (room < 0 && !ceil) return 0;
  if (room + stride - 1 < 0) return 0;
  std::int64_t out = (ceil ? room + stride - 1 : room) / stride + 1;
  if (ceil && (out - 1) * stride >= in + padding) --out;
  return out;
}

Result<Shapes> poolShapes(const NodeView& view, const std::vector<Dims>& inputs) {
  const Dims& in = inputs[0];
  const Extent kernel = view.extent("kernel"), stride = view.extent("stride"),
               padding = view.extent("padding");
  const bool ceil = view.flag("ceil");
  const Dims out{in[0], in[1], pooledExtent(in[2], kernel.h, stride.h, padding.h, ceil),
                 pooledExtent(in[3], kernel.w, stride.w, padding.w, ceil)};
  if (out[2] < 1 || out[3] < 1) {
    return fail(ErrorCode::badArgument, "input " + describe(in) + " is smaller than the window");
  }
  return Shapes{out};
}

Result<Shapes> maxPoolShapes(const NodeView& view, const Shapes& inputs) {
  Result<Shapes> shapes = poolShapes(view, inputs);
  if (shapes) shapes->push_back(shapes->front());
  return shapes;
}

// Indices mean pixels of the plane that was pooled; in one of another width they are other pixels.
Result<void> checkMaxUnpool(const NodeView& view) {
  const std::vector<ValueId>& inputs = view.node.inputs;
  if (inputs[2] == producerOf(view.graph, inputs[1])->inputs[0]) return {};
  return fail(ErrorCode::badArgument,
              "needs as third input the value whose pooling gave the indices");
}

Result<Shapes> maxUnpoolShapes(const NodeView&, const Shapes& inputs) {
  const Dims &values = inputs[0], &indices = inputs[1], &source = inputs[2];
  if (values == indices) return Shapes{Dims{values[0], values[1], source[2], source[3]}};
  return fail(ErrorCode::badArgument, "values " + describe(values) + " and indices " +
                                          describe(indices) + " differ in shape");
}

OnnxAttributes poolWindow(const NodeView& view) {
  return {{"ceil_mode", view.integer("ceil")},
          {"kernel_shape", onnxPair(view.extent("kernel"))},
          {"pads", onnxPads(view.extent("padding"))},
          {"strides", onnxPair(view.extent("stride"))}};
}

Result<void> readWindow(OnnxNodeReader& reader) {
  if (auto ok = reader.inputs(0, 1); !ok) return ok;
  if (auto ok = reader.extent("kernel_shape", "kernel"); !ok) return ok;
  if (auto ok = reader.extent("strides", "stride"); !ok) return ok;
  reader.node().attributes["ceil"] = reader.integer("ceil_mode", 0);
  return reader.symmetricPads();
}

Result<void> writeMaxPool(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)}, poolWindow(emitter.view()));
  return {};
}

// ONNX counts indices over the whole tensor, PyTorch over a plane; since they come from ONNX's own
// MaxPool and go back to the size that it pooled, they mean the same pixels. The window says no
// more than the least size that ONNX Runtime accepts, which windows that stuck out would exceed.
Result<void> writeMaxUnpool(OnnxEmitter& emitter) {
  const NodeView view = emitter.view();
  const NodeView pool{view.graph, *producerOf(view.graph, view.node.inputs[1])};
  const bool ceil = pool.flag("ceil");
  emitter.emit({emitter.input(0), emitter.input(1), emitter.sizesLike(2)},
               {{"kernel_shape", onnxPair(ceil ? 1 : pool.extent("kernel"))},
                {"pads", onnxPads(ceil ? 0 : pool.extent("padding"))},
                {"strides", onnxPair(ceil ? 1 : pool.extent("stride"))}});
  return {};
}

Result<void> readMaxUnpool(OnnxNodeReader& reader) {
  for (const char* name : {"kernel_shape", "strides"}) {
    if (auto ok = reader.integers(name, 2); !ok) return fail(ok.error());
  }
  if (auto ok = reader.integers("pads", 4); !ok) return fail(ok.error());
  if (auto ok = reader.inputs(0, 2); !ok) return ok;
  const Result<std::string_view> source = reader.sizeSource(2);
  if (!source) return fail(source.error());
  return reader.input(*source);
}

// Runtimes disagree on what a window counts that sticks out beyond counted padding (ceil with
// countPadding). PyTorch counts what lies inside the padded input: padding first, then counting
// only what is there, says the same to all of them.
Result<void> writeAvgPool(OnnxEmitter& emitter) {
  const NodeView view = emitter.view();
  const Extent padding = view.extent("padding");
  std::string input = emitter.input(0);
  OnnxAttributes attributes = poolWindow(view);
  bool countPadding = view.flag("countPadding");
  if (countPadding && view.flag("ceil")) {
    countPadding = false;
    if (!(padding == Extent(0))) {
      // A last window that would begin in the padding is none here, but is one of a padded image.
      const Extent kernel = view.extent("kernel"), stride = view.extent("stride");
      if (stride.h > kernel.h - padding.h || stride.w > kernel.w - padding.w) {
        return fail(ErrorCode::unsupported,
                    "rounding up with a stride above kernel - padding and counted padding has no "
                    "form in ONNX");
      }
      const std::vector<std::int64_t> pads{0, 0, padding.h, padding.w, 0, 0, padding.h, padding.w};
      input = emitter.extraNode(
          "pad", "Pad",
          {input, emitter.constant("pad/pads", pads), emitter.constant("pad/value", 0.0f)},
          {{"mode", std::string("constant")}});
      attributes[2].second = onnxPads(0);
    }
  }
  attributes.insert(attributes.begin() + 1, {"count_include_pad", std::int64_t{countPadding}});
  emitter.emit({input}, attributes);
  return {};
}

Result<void> readAvgPool(OnnxNodeReader& reader) {
  reader.node().attributes["countPadding"] = reader.integer("count_include_pad", 0);
  return readWindow(reader);
}

Result<Shapes> globalPoolShapes(const NodeView&, const Shapes& inputs) {
  return Shapes{Dims{inputs[0][0], inputs[0][1], 1, 1}};
}

Result<void> writeGlobalPool(OnnxEmitter& emitter) {
  emitter.emit({emitter.input(0)});
  return {};
}

Result<void> readGlobalPool(OnnxNodeReader& reader) { return reader.inputs(0, 1); }

constexpr std::int64_t kMaxBins = 64;

Result<void> checkAdaptivePool(const NodeView& view) {
  const Extent bins = view.extent("bins");
  const auto sound = [](std::int64_t count) { return count >= 1 && count <= kMaxBins; };
  if (sound(bins.h) && sound(bins.w)) return {};
  return fail(ErrorCode::badArgument, "bins must be in [1," + std::to_string(kMaxBins) + "], got " +
                                          describe({bins.h, bins.w}));
}

Result<Shapes> adaptivePoolShapes(const NodeView& view, const Shapes& inputs) {
  const Extent bins = view.extent("bins");
  return Shapes{Dims{inputs[0][0], inputs[0][1], bins.h, bins.w}};
}

// [extent,bins]: what each row (or column) adds to each bin. Bin i of n reaches from
// floor(i * extent / n) to ceil((i + 1) * extent / n), as PyTorch has it; ONNX has no such pool, so
// the file computes this from the size of its input.
std::string binShares(OnnxEmitter& emitter, const std::string& size, const std::string& axis,
                      std::int64_t axisIndex, std::int64_t bins) {
  const auto name = [&](const char* part) { return axis + "/" + part; };
  const auto node = [&](const char* part, const char* type, const std::vector<std::string>& inputs,
                        const OnnxAttributes& attributes = {}) {
    return emitter.extraNode(name(part).c_str(), type, inputs, attributes);
  };
  const auto constant = [&](const char* part, const std::vector<std::int64_t>& values) {
    return emitter.constant(name(part).c_str(), values);
  };
  const auto scalar = [&](const char* part, std::int64_t value) {
    return emitter.constantScalar(name(part).c_str(), value);
  };
  std::vector<std::int64_t> bin, nextBin;
  for (std::int64_t i = 0; i < bins; ++i) {
    bin.push_back(i);
    nextBin.push_back(i + 1);
  }
  const std::string extent = node("extent", "Gather", {size, scalar("axis", axisIndex)});
  const std::string places = node("places", "Range", {scalar("zero", 0), extent, scalar("one", 1)});
  const std::string column = node("column", "Unsqueeze", {places, constant("last", {1})});
  const std::string count = constant("bins", {bins});
  const std::string begin =
      node("begin", "Div", {node("times", "Mul", {constant("bin", bin), extent}), count});
  const std::string next = node("nextTimes", "Mul", {constant("nextBin", nextBin), extent});
  const std::string raised = node("raised", "Add", {next, constant("raise", {bins - 1})});
  const std::string end = node("end", "Div", {raised, count});
  const std::string inside = node("inside", "And",
                                  {node("atOrBehind", "GreaterOrEqual", {column, begin}),
                                   node("before", "Less", {column, end})});
  const OnnxAttributes toFloat{{"to", std::int64_t{1}}};
  const std::string length = node("length", "Sub", {end, begin});
  return node(
      "shares", "Div",
      {node("isInside", "Cast", {inside}, toFloat), node("divisor", "Cast", {length}, toFloat)});
}

constexpr const char* kPoolEquation = "nchw,hi,wj->ncij";

Result<void> writeAdaptivePool(OnnxEmitter& emitter) {
  const Extent bins = emitter.view().extent("bins");
  const std::string size =
      emitter.extraNode("size", "Shape", {emitter.input(0)}, {{"start", std::int64_t{2}}});
  const std::string rows = binShares(emitter, size, "rows", 0, bins.h);
  const std::string columns = binShares(emitter, size, "columns", 1, bins.w);
  emitter.emit({emitter.input(0), rows, columns}, {{"equation", std::string(kPoolEquation)}});
  return {};
}

Result<void> readAdaptivePool(OnnxNodeReader& reader) {
  if (reader.text("equation", "") != kPoolEquation) {
    return fail(ErrorCode::unsupported, "must average over bins, as adaptive pooling is written");
  }
  const auto rows = reader.lastConstant(1), columns = reader.lastConstant(2);
  if (!rows) return fail(rows.error());
  if (!columns) return fail(columns.error());
  reader.node().attributes["bins"] = std::vector<std::int64_t>{*rows, *columns};
  return reader.inputs(0, 1);
}

std::vector<AttributeSpec> poolAttributes() {
  return {{"kernel", std::vector<std::int64_t>{1, 1}, true},
          {"stride", std::vector<std::int64_t>{1, 1}, true},
          {"padding", std::vector<std::int64_t>{0, 0}},
          {"ceil", std::int64_t{0}}};
}

}  // namespace

std::vector<OpRow> poolingRows() {
  OpRow maxPool{.op = Op::maxPool,
                .name = "maxPool",
                .moreOutputs = {{"indices", ValueKind::indices}},
                .attributes = poolAttributes(),
                .check = checkPool,
                .shapes = maxPoolShapes,
                .onnxType = "MaxPool",
                .writeOnnx = writeMaxPool,
                .readOnnx = readWindow};
  OpRow maxUnpool{.op = Op::maxUnpool,
                  .name = "maxUnpool",
                  .minInputs = 3,
                  .maxInputs = 3,
                  .inputKinds = {ValueKind::numbers, ValueKind::indices},
                  .check = checkMaxUnpool,
                  .shapes = maxUnpoolShapes,
                  .onnxType = "MaxUnpool",
                  .writeOnnx = writeMaxUnpool,
                  .readOnnx = readMaxUnpool};
  OpRow avgPool{.op = Op::avgPool,
                .name = "avgPool",
                .attributes = poolAttributes(),
                .check = checkPool,
                .shapes = poolShapes,
                .onnxType = "AveragePool",
                .writeOnnx = writeAvgPool,
                .readOnnx = readAvgPool};
  avgPool.attributes.push_back({"countPadding", std::int64_t{1}});
  OpRow globalAvgPool{.op = Op::globalAvgPool,
                      .name = "globalAvgPool",
                      .shapes = globalPoolShapes,
                      .onnxType = "GlobalAveragePool",
                      .writeOnnx = writeGlobalPool,
                      .readOnnx = readGlobalPool};
  OpRow adaptiveAvgPool{.op = Op::adaptiveAvgPool,
                        .name = "adaptiveAvgPool",
                        .attributes = {{"bins", std::vector<std::int64_t>{1, 1}, true}},
                        .check = checkAdaptivePool,
                        .shapes = adaptivePoolShapes,
                        .onnxType = "Einsum",
                        .writeOnnx = writeAdaptivePool,
                        .readOnnx = readAdaptivePool};
  return {maxPool, maxUnpool, avgPool, globalAvgPool, adaptiveAvgPool};
}

}  // namespace limbus
