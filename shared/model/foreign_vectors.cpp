// Rules for gates that are computed as vectors: [N,C] stands for planes [N,C,1,1].
#include <algorithm>

#include "shared/model/foreign_rewriter.h"

namespace limbus {

bool ForeignRewriter::takesVectors(std::string_view type) {
  constexpr std::string_view kTypes[] = {"Gemm", "Reshape",  "Unsqueeze", "Gelu", "Mish",
                                         "Mul",  "Identity", "Dropout",   "Cast"};
  return isOfEachValue(type) ||
         std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

bool ForeignRewriter::isSingle(std::string_view value) const {
  return singles_.count(valueOf(value)) > 0 && orderOf(value) == kPlanes;
}

Result<void> ForeignRewriter::toVector(const OnnxNode& node) {
  if (!isSingle(node.inputs[0])) return lacks("makes a vector of more than one pixel");
  lookThrough(node);
  vectors_.insert(node.outputs[0]);
  return {};
}

Result<void> ForeignRewriter::toPlanes(const OnnxNode& node) {
  lookThrough(node);
  vectors_.erase(node.outputs[0]);
  return {};
}

Result<void> ForeignRewriter::flatten(OnnxNode& node) {
  if (integerOf(node, "axis", 1) != 1) return lacks("makes one list of several images");
  return toVector(node);
}

Result<void> ForeignRewriter::unsqueeze(OnnxNode& node) {
  std::vector<std::int64_t> axes = integersOf(node, "axes", {});
  if (node.inputs.size() == 2) axes = parts_.constantIntegers(node.inputs[1]).value_or(axes);
  for (std::int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
  std::sort(axes.begin(), axes.end());
  // One by one: a vector still with the first, planes with the second.
  if (isVector(node.inputs[0]) && axes == std::vector<std::int64_t>{2}) {
    lookThrough(node);
    return {};
  }
  if (isVector(node.inputs[0]) && axes == std::vector<std::int64_t>{3}) return toPlanes(node);
  if (!isVector(node.inputs[0]) || axes != std::vector<std::int64_t>{2, 3}) {
    return lacks("adds other axes than height and width to a vector");
  }
  return toPlanes(node);
}

// y = x * B + C, as a conv of 1x1.
Result<void> ForeignRewriter::gemm(OnnxNode& node) {
  const OnnxTensor* matrix = node.inputs.size() > 1 ? parts_.tensor(node.inputs[1]) : nullptr;
  const auto values = matrix ? parts_.constantFloats(node.inputs[1]) : std::nullopt;
  if (!isVector(node.inputs[0]) || !values || matrix->shape.size() != 2) {
    return lacks("multiplies other things than a vector of channels and a constant matrix");
  }
  for (const char* factor : {"alpha", "beta"}) {
    const OnnxAttribute* given = findAttribute(node, factor);
    if (given && given->number != 1) return lacks("scales its products");
  }
  const bool outFirst = integerOf(node, "transB", 0) != 0;
  const std::int64_t out = matrix->shape[outFirst ? 0 : 1], in = matrix->shape[outFirst ? 1 : 0];
  if (integerOf(node, "transA", 0) != 0 || in < 1 || in != channelsOf(node.inputs[0])) {
    return lacks("does not take the channels of its vector");
  }
  std::vector<float> weight(values->size()), bias(static_cast<std::size_t>(out), 0.0F);
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t i = 0; i < in; ++i) {
      weight[static_cast<std::size_t>(o * in + i)] =
          (*values)[static_cast<std::size_t>(outFirst ? o * in + i : i * out + o)];
    }
  }
  if (node.inputs.size() > 2) {
    const auto given = parts_.constantFloats(node.inputs[2]);
    if (!given || (given->size() != bias.size() && given->size() != 1)) {
      return lacks("adds what is not a constant of each channel");
    }
    for (std::size_t o = 0; o < bias.size(); ++o) bias[o] = (*given)[given->size() == 1 ? 0 : o];
  }
  const std::string_view output = node.outputs[0];
  OnnxNode conv;
  conv.type = "Conv";
  conv.name = node.name;
  conv.inputs = {node.inputs[0],
                 parts_.floats(parts_.fresh(output, "weight"), {out, in, 1, 1}, weight),
                 parts_.floats(parts_.fresh(output, "bias"), {out}, bias)};
  conv.outputs = node.outputs;
  setOneByOne(conv, 1);
  vectors_.insert(output);
  singles_.insert(output);
  return emit(std::move(conv), static_cast<int>(out));
}

}  // namespace limbus
