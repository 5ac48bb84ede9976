// Rules for operations that slide, pad, cut or resize.
#include <algorithm>
#include <limits>

#include "shared/model/foreign_rewriter.h"
#include "shared/ops/ops.h"

namespace limbus {
namespace {

// The rule of a resize in our words; `whole`: by whole factors.
Result<void> resizeRule(OnnxNode& node, std::int64_t opset, bool whole) {
  const std::string_view mode = textOf(node, "mode", "nearest");
  std::string_view place =
      textOf(node, "coordinate_transformation_mode", opset < 11 ? "asymmetric" : "half_pixel");
  const std::string_view rounding =
      textOf(node, "nearest_mode", opset < 11 ? "floor" : "round_prefer_floor");
  if (integerOf(node, "antialias", 0) != 0) return lacks("smooths what it makes smaller");
  if (textOf(node, "keep_aspect_ratio_policy", "stretch") != "stretch") {
    return lacks("keeps the sides' ratio");
  }
  if (findAttribute(node, "axes")) return lacks("states sizes of some axes only");
  node.attributes.clear();
  if (mode == "nearest") {
    // For whole factors, pixel centres rounded to the nearest are the same pixels.
    const bool centres = (place == "half_pixel" || place == "pytorch_half_pixel") && whole &&
                         rounding.rfind("round", 0) == 0;
    if (!centres && !(place == "asymmetric" && rounding == "floor")) {
      return lacks("takes the nearest pixel by the rule " + onnxText(place) + ", " +
                   onnxText(rounding));
    }
    setText(node, "coordinate_transformation_mode", "asymmetric");
    setText(node, "mode", "nearest");
    setText(node, "nearest_mode", "floor");
    return {};
  }
  if (place == "pytorch_half_pixel") place = "half_pixel";  // differs for sides of one pixel only
  if (mode != "linear" || (place != "half_pixel" && place != "align_corners")) {
    return lacks("resizes by the rule " + onnxText(mode) + ", " + onnxText(place));
  }
  setText(node, "coordinate_transformation_mode", place);
  setText(node, "mode", "linear");
  return {};
}

}  // namespace

// [top,left,bottom,right], from auto_pad where that decides.
Result<std::vector<std::int64_t>> ForeignRewriter::padsOf(
    OnnxNode& node, const std::vector<std::int64_t>& kernel,
    const std::vector<std::int64_t>& stride, const std::vector<std::int64_t>& dilation) const {
  const std::string_view rule = textOf(node, "auto_pad", "NOTSET");
  std::vector<std::int64_t> pads = integersOf(node, "pads", {0, 0, 0, 0});
  if (pads.size() != 4 || kernel.size() != 2 || stride.size() != 2 || dilation.size() != 2) {
    return lacks("works on other dimensions than height and width");
  }
  const bool upper = rule == "SAME_UPPER";
  dropAttribute(node, "auto_pad");
  if (rule.empty() || rule == "NOTSET" || rule == "VALID") return pads;
  if (rule != "SAME_UPPER" && rule != "SAME_LOWER") return lacks("pads by an unknown rule");
  const std::vector<OnnxDim>& size = file_.graph.inputs[0].shape;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    // With a stride the padding depends on the size; sizes that the stride divides share one.
    if (stride[axis] != 1) {
      if (size[2 + axis].value < 1) {
        return lacks(
            "pads by auto_pad with a stride, which depends on the image's size; export it "
            "with a fixed size, or with explicit pads");
      }
      setInteger(node, kStrideDivides, 1);
    }
    const std::int64_t all =
        std::max<std::int64_t>(0, dilation[axis] * (kernel[axis] - 1) + 1 - stride[axis]);
    const std::int64_t less = all / 2;
    pads[axis] = upper ? less : all - less;
    pads[axis + 2] = all - pads[axis];
  }
  return pads;
}

void ForeignRewriter::padBefore(OnnxNode& node, const std::vector<std::int64_t>& pads,
                                float value) {
  OnnxNode padding;
  const std::string_view base = node.outputs[0];
  padding.type = "Pad";
  padding.name = parts_.fresh(base, "pad");
  padding.inputs = {
      node.inputs[0],
      parts_.integers(parts_.fresh(base, "pads"), {0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]}),
      parts_.floats(parts_.fresh(base, "value"), {}, {value})};
  padding.outputs = {parts_.keep(std::string(padding.name))};
  setText(padding, "mode", "constant");
  node.inputs[0] = padding.outputs[0];
  const int channels = channelsOf(padding.inputs[0]);
  (void)emit(std::move(padding), channels);
}

Result<void> ForeignRewriter::convolution(OnnxNode& node) {
  if (auto planes = planesOnly(node); !planes) return planes;
  const OnnxTensor* weight = node.inputs.size() > 1 ? parts_.tensor(node.inputs[1]) : nullptr;
  if (!weight || weight->shape.size() != 4) {
    return lacks("must have constant weights of four dimensions");
  }
  const bool transposed = node.type == "ConvTranspose";
  const auto kernel = integersOf(node, "kernel_shape", {weight->shape[2], weight->shape[3]});
  const auto stride = integersOf(node, "strides", {1, 1});
  const auto dilation = integersOf(node, "dilations", {1, 1});
  const std::int64_t group = integerOf(node, "group", 1);
  if (group < 1 || group > kMostChannels || weight->shape[1] > kMostChannels) {
    return lacks("has " + std::to_string(group) + " groups of channels");
  }
  if (transposed && (findAttribute(node, "output_shape") ||
                     textOf(node, "auto_pad", "NOTSET").rfind("SAME", 0) == 0)) {
    return lacks("states its output's size instead of its padding");
  }
  const auto pads = padsOf(node, kernel, stride, dilation);
  if (!pads) return fail(pads.error());
  const bool even = (*pads)[0] == (*pads)[2] && (*pads)[1] == (*pads)[3];
  if (!even && transposed) return lacks("pads unevenly");
  if (!even) padBefore(node, *pads, 0);
  setIntegers(node, "kernel_shape", kernel);
  setIntegers(node, "strides", stride);
  setIntegers(node, "dilations", dilation);
  setInteger(node, "group", group);
  setIntegers(node, "pads", even ? *pads : std::vector<std::int64_t>{0, 0, 0, 0});
  if (transposed) {
    setIntegers(node, "output_padding", integersOf(node, "output_padding", {0, 0}));
  }
  const std::int64_t out = transposed ? weight->shape[1] * group : weight->shape[0];
  return emit(std::move(node), out);
}

Result<void> ForeignRewriter::pool(OnnxNode& node) {
  if (auto planes = planesOnly(node); !planes) return planes;
  const auto kernel = integersOf(node, "kernel_shape", {});
  const auto stride = integersOf(node, "strides", {1, 1});
  if (integersOf(node, "dilations", {1, 1}) != std::vector<std::int64_t>{1, 1}) {
    return lacks("pools with a dilation");
  }
  dropAttribute(node, "dilations");
  dropAttribute(node, "storage_order");
  const auto pads = padsOf(node, kernel, stride, {1, 1});
  if (!pads) return fail(pads.error());
  const bool even = (*pads)[0] == (*pads)[2] && (*pads)[1] == (*pads)[3];
  if (!even && node.type == "AveragePool") return lacks("averages over uneven padding");
  if (!even) padBefore(node, *pads, std::numeric_limits<float>::lowest());
  setIntegers(node, "strides", stride);
  setIntegers(node, "pads", even ? *pads : std::vector<std::int64_t>{0, 0, 0, 0});
  const int channels = channelsOf(node.inputs[0]);
  return emit(std::move(node), channels);
}

Result<void> ForeignRewriter::pad(OnnxNode& node) {
  const AxisOrder order = orderOf(node.inputs[0]);
  std::optional<std::vector<std::int64_t>> pads;
  float value = 0;
  if (const OnnxAttribute* given = findAttribute(node, "pads")) pads = given->integers;
  if (const OnnxAttribute* given = findAttribute(node, "value")) value = given->number;
  if (node.inputs.size() > 1) pads = parts_.constantIntegers(node.inputs[1]);
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    const auto constant = parts_.constantFloats(node.inputs[2]);
    if (!constant || constant->size() != 1) return lacks("pads with what is computed");
    value = (*constant)[0];
  }
  if (!pads || pads->size() != 8 || node.inputs.size() > 3) {
    return lacks("pads by numbers that are computed, or along some axes only");
  }
  if (textOf(node, "mode", "constant") != "constant")
    return lacks("pads by another rule than a constant");
  std::vector<std::int64_t> planes(8);
  for (std::size_t axis = 0; axis < 4; ++axis) {
    planes[static_cast<std::size_t>(order[axis])] = (*pads)[axis];
    planes[static_cast<std::size_t>(order[axis]) + 4] = (*pads)[axis + 4];
  }
  if (std::any_of(planes.begin(), planes.end(), [](std::int64_t p) { return p < 0; })) {
    return lacks("pads by less than nothing");
  }
  const int channels = channelsOf(node.inputs[0]);
  const std::int64_t more = std::min(planes[1], kMostChannels) + std::min(planes[5], kMostChannels);
  node.attributes.clear();
  setText(node, "mode", "constant");
  const std::string_view base = node.outputs[0];
  node.inputs = {node.inputs[0], parts_.integers(parts_.fresh(base, "pads"), planes),
                 parts_.floats(parts_.fresh(base, "value"), {}, {value})};
  orders_[base] = order;
  return emit(std::move(node), channels > 0 ? channels + more : 0);
}

// Rows and columns cut off, counted from the ends; or channels.
Result<void> ForeignRewriter::slice(OnnxNode& node) {
  if (auto planes = planesOnly(node); !planes) return planes;
  const auto list = [&](std::size_t input, const char* name) {
    if (node.inputs.size() > input) return parts_.constantIntegers(node.inputs[input]);
    const OnnxAttribute* given = findAttribute(node, name);  // before opset 10
    return given ? std::optional(given->integers) : std::nullopt;
  };
  const auto starts = list(1, "starts"), ends = list(2, "ends"), axes = list(3, "axes"),
             steps = list(4, "steps");
  if (!starts || !ends || !axes || starts->size() != axes->size() || ends->size() != axes->size()) {
    return lacks("cuts at places that are computed");
  }
  if (steps && std::any_of(steps->begin(), steps->end(), [](std::int64_t s) { return s != 1; })) {
    return lacks("leaves out pixels between others");
  }
  if (axes->size() == 1 && ((*axes)[0] == 1 || (*axes)[0] == -3)) {
    return sliceChannels(node, (*starts)[0], (*ends)[0]);
  }
  std::vector<std::int64_t> from{0, 0}, to{kToTheEnd, kToTheEnd};
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const std::int64_t axis = (*axes)[i] < 0 ? (*axes)[i] + 4 : (*axes)[i];
    if (axis != 2 && axis != 3) return lacks("cuts other axes than height and width");
    const std::int64_t end = (*ends)[i];
    if ((*starts)[i] < 0 || (end >= 0 && end < std::numeric_limits<std::int32_t>::max())) {
      return lacks("cuts at a fixed row or column");
    }
    from[static_cast<std::size_t>(axis - 2)] = (*starts)[i];
    if (end < 0) to[static_cast<std::size_t>(axis - 2)] = end;
  }
  node.attributes.clear();
  const std::string_view base = node.outputs[0];
  node.inputs = {node.inputs[0], parts_.integers(parts_.fresh(base, "starts"), from),
                 parts_.integers(parts_.fresh(base, "ends"), to),
                 parts_.integers(parts_.fresh(base, "axes"), {2, 3})};
  const int channels = channelsOf(node.inputs[0]);
  return emit(std::move(node), channels);
}

Result<void> ForeignRewriter::resize(OnnxNode& node) {
  const AxisOrder order = orderOf(node.inputs[0]);
  std::vector<float> scales;
  if (const OnnxAttribute* given = findAttribute(node, "scales")) scales = given->numbers;
  const std::size_t place = node.type == "Upsample" || opset() < 11 ? 1 : 2;
  if (node.inputs.size() > place && !node.inputs[place].empty()) {
    const auto constant = parts_.constantFloats(node.inputs[place]);
    if (!constant) return lacks("resizes by factors that are computed");
    scales = *constant;
  }
  std::optional<KnownIntegers> sizes;
  if (scales.empty() && node.inputs.size() > 3) sizes = parts_.known(node.inputs[3]);
  if (auto rule = resizeRule(node, opset(), !scales.empty()); !rule) return rule;
  node.type = "Resize";
  OnnxNode made = node;
  const int channels = channelsOf(node.inputs[0]);
  if (order != kPlanes) {
    if (scales.size() != 4) return planesOnly(node);
    std::vector<float> planes(4);
    for (std::size_t axis = 0; axis < 4; ++axis)
      planes[static_cast<std::size_t>(order[axis])] = scales[axis];
    scales = planes;
  }
  orders_[node.outputs[0]] = order;
  if (scales.size() == 4) {
    made.inputs = {node.inputs[0], "",
                   parts_.floats(parts_.fresh(node.outputs[0], "scales"), {4}, scales)};
    return emit(std::move(made), channels);
  }
  if (!sizes || sizes->size() != 4) return lacks("resizes to a size that is not known");
  const KnownInteger &height = (*sizes)[2], &width = (*sizes)[3];
  if (height.source.empty() && width.source.empty()) {
    made.inputs = {node.inputs[0], "", "",
                   parts_.integers(parts_.fresh(node.outputs[0], "sizes"),
                                   {0, 0, height.constant, width.constant})};
    return emit(std::move(made), channels);
  }
  if (!height.isSize(2) || !width.isSize(3) || height.source != width.source) {
    return lacks("resizes to a size that is not that of another value");
  }
  OnnxNode shape;
  shape.type = "Shape";
  shape.name = parts_.fresh(node.outputs[0], "size");
  shape.inputs = {height.source};
  shape.outputs = {shape.name};
  setInteger(shape, "start", 2);
  made.inputs = {node.inputs[0], "", "", shape.name};
  if (auto ok = emit(std::move(shape), 0); !ok) return ok;
  return emit(std::move(made), channels);
}

}  // namespace limbus
