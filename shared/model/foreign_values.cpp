// Rules for operations on values where they stand: looked through, pointwise, along the channels.
#include <algorithm>
#include <limits>

#include "shared/model/foreign_rewriter.h"
#include "shared/onnx/proto_tensor.h"
#include "shared/ops/ops.h"

namespace limbus {

Result<void> ForeignRewriter::constant(OnnxNode& node) {
  const std::string_view name = node.outputs[0];
  if (const OnnxAttribute* value = findAttribute(node, "value"); value && value->tensor) {
    addConstant(name, *value->tensor);
  } else if (const OnnxAttribute* one = findAttribute(node, "value_float")) {
    parts_.floats(name, {}, {one->number});
  } else if (const OnnxAttribute* several = findAttribute(node, "value_floats")) {
    parts_.floats(name, {static_cast<std::int64_t>(several->numbers.size())}, several->numbers);
  } else if (const OnnxAttribute* whole = findAttribute(node, "value_int")) {
    parts_.integers(name, {whole->integer});
  } else if (const OnnxAttribute* wholes = findAttribute(node, "value_ints")) {
    parts_.integers(name, wholes->integers);
  } else {
    return lacks("is a constant of another kind than numbers");
  }
  return {};
}

// Dropout does nothing outside training.
Result<void> ForeignRewriter::same(OnnxNode& node) {
  lookThrough(node);
  return {};
}

// How numbers are kept, which is float here; whole ones would lose what stands behind the point.
Result<void> ForeignRewriter::cast(OnnxNode& node) {
  const std::int64_t to = integerOf(node, "to", kOnnxFloat);
  const bool floating =
      to == kOnnxFloat || to == kOnnxHalf || to == kOnnxDouble || to == kOnnxBfloat16;
  if (!floating && indices_.count(node.inputs[0]) == 0 && !parts_.tensor(node.inputs[0])) {
    return lacks("makes whole numbers of values");
  }
  return same(node);
}

Result<void> ForeignRewriter::transpose(OnnxNode& node) {
  const std::vector<std::int64_t> perm = integersOf(node, "perm", {3, 2, 1, 0});
  if (const auto shuffle = shuffles_.find(node.inputs[0]); shuffle != shuffles_.end()) {
    if (perm != std::vector<std::int64_t>{0, 2, 1, 3, 4} || shuffle->second.swapped) {
      return lacks("transposes groups of channels otherwise than a shuffle does");
    }
    Shuffle swapped = shuffle->second;
    swapped.swapped = true;
    shuffles_[node.outputs[0]] = std::move(swapped);
    return {};
  }
  if (perm.size() != 4) return lacks("transposes values of another rank than images have");
  if (parts_.tensor(node.inputs[0])) return lacks("transposes a constant");
  const AxisOrder from = orderOf(node.inputs[0]);
  lookThrough(node);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int64_t axis = perm[i] < 0 ? perm[i] + 4 : perm[i];
    if (axis < 0 || axis > 3) return lacks("transposes axes that do not exist");
    orders_[node.outputs[0]][i] = from[static_cast<std::size_t>(axis)];
  }
  return {};
}

// Of the last value: one channel less than its shape says. Of a single pixel: a vector is left.
Result<void> ForeignRewriter::squeeze(OnnxNode& node) {
  const bool last = node.outputs[0] == file_.graph.outputs[0].name;
  std::vector<std::int64_t> axes = integersOf(node, "axes", {});
  if (node.inputs.size() == 2) axes = parts_.constantIntegers(node.inputs[1]).value_or(axes);
  std::set<std::int64_t> taken;
  for (const std::int64_t axis : axes) taken.insert(axis < 0 ? axis + 4 : axis);
  if (taken == std::set<std::int64_t>{2, 3}) return toVector(node);
  const AxisOrder& order = orderOf(node.inputs[0]);
  const bool channel = axes.size() == 1 && axes[0] >= -4 && axes[0] < 4 &&
                       order[static_cast<std::size_t>(axes[0] < 0 ? axes[0] + 4 : axes[0])] == 1;
  if (!last || !channel) return lacks("takes away other axes than that of one last channel");
  lookThrough(node);
  return {};
}

Result<void> ForeignRewriter::batchNorm(OnnxNode& node) {
  if (auto planes = planesOnly(node); !planes) return planes;
  if (integerOf(node, "training_mode", 0) != 0 || integerOf(node, "spatial", 1) != 1) {
    return lacks("normalises as in training (model.eval() before the export), or each pixel apart");
  }
  dropAttribute(node, "training_mode");
  dropAttribute(node, "spatial");
  node.outputs.resize(1);
  const int channels = channelsOf(node.inputs[0]);
  return emit(std::move(node), channels);
}

bool ForeignRewriter::isOfEachValue(std::string_view type) {
  return std::any_of(opTable().begin(), opTable().end(),
                     [&](const OpRow& row) { return row.ofEachValue && row.onnxType == type; });
}

// Value by value, or plane by plane: any order of axes, which stays.
Result<void> ForeignRewriter::unary(OnnxNode& node) {
  const AxisOrder order = orderOf(node.inputs[0]);
  const bool pools = node.type == "GlobalAveragePool";
  if (pools && order != kPlanes) return planesOnly(node);
  orders_[node.outputs[0]] = order;
  if (pools || isSingle(node.inputs[0])) singles_.insert(node.outputs[0]);
  if (isVector(node.inputs[0])) vectors_.insert(node.outputs[0]);
  const int channels = channelsOf(node.inputs[0]);
  return emit(std::move(node), channels);
}

// To a constant exponent, which may be whole numbers in the file.
Result<void> ForeignRewriter::power(OnnxNode& node) {
  if (node.inputs.size() != 2) return lacks("needs two inputs");
  auto exponent = parts_.constantFloats(node.inputs[1]);
  if (const auto whole = parts_.constantIntegers(node.inputs[1]); whole && !exponent) {
    exponent.emplace(whole->begin(), whole->end());
  }
  if (!exponent || exponent->size() != 1) return lacks("must have one constant exponent");
  node.inputs[1] = parts_.floats(parts_.fresh(node.outputs[0], "exponent"), {}, *exponent);
  return unary(node);
}

// Activations of late opsets, as exporters wrote them before.
Result<void> ForeignRewriter::spelledOut(OnnxNode& node) {
  const std::string_view x = node.inputs[0], y = node.outputs[0];
  std::string_view last = x;
  Result<void> ok;
  const auto then = [&](const char* type, std::string_view with = {}, bool ends = false) {
    if (!ok) return;
    OnnxNode step;
    step.type = type;
    step.inputs = {last};
    if (!with.empty()) step.inputs.push_back(with);
    last = ends ? y : parts_.fresh(y, type);
    step.outputs = {last};
    ok = rewrite(std::move(step));
  };
  const auto number = [&](float value) {
    return parts_.floats(parts_.fresh(y, "number"), {}, {value});
  };
  if (node.type == "Mish") {
    then("Softplus");
    then("Tanh");
    then("Mul", x, true);
    return ok;
  }
  if (textOf(node, "approximate", "none") == "tanh") {
    then("Pow", number(3));
    then("Mul", number(0.044715F));
    then("Add", x);
    then("Mul", number(0.79788456F));  // the root of 2 / pi
    then("Tanh");
  } else {
    then("Mul", number(0.70710678F));  // the root of 1 / 2
    then("Erf");
  }
  then("Add", number(1));
  then("Mul", x);
  then("Mul", number(0.5F), true);
  return ok;
}

// Slopes [C,1,1]: of [1,C,1,1], or of one value.
Result<void> ForeignRewriter::prelu(OnnxNode& node) {
  if (auto planes = planesOnly(node); !planes) return planes;
  const OnnxTensor* slopes = node.inputs.size() == 2 ? parts_.tensor(node.inputs[1]) : nullptr;
  if (!slopes) return lacks("must have constant slopes");
  const Dims plain{slopes->elements, 1, 1};
  Dims shape = slopes->shape;
  if (shape.size() == 4 && shape[0] == 1) shape.erase(shape.begin());
  if (shape != plain && slopes->elements != 1) return lacks("must have one slope per channel");
  if (slopes->shape != plain) {
    const auto values = parts_.constantFloats(node.inputs[1]);
    if (!values) return lacks("must have slopes that are floats");
    node.inputs[1] = parts_.floats(parts_.fresh(node.outputs[0], "slopes"), plain, *values);
  }
  const int channels = channelsOf(node.inputs[0]);
  return emit(std::move(node), channels);
}

Result<void> ForeignRewriter::clip(OnnxNode& node) {
  const auto bound = [&](std::size_t index, const char* name, float byDefault) {
    const std::string_view ours = parts_.fresh(node.outputs[0], name);
    if (node.inputs.size() > index && !node.inputs[index].empty()) {
      const auto stated = parts_.constantFloats(node.inputs[index]);  // of any width
      return stated ? parts_.floats(ours, {}, *stated) : node.inputs[index];
    }
    const OnnxAttribute* given = findAttribute(node, name);  // before opset 11
    return parts_.floats(ours, {}, {given ? given->number : byDefault});
  };
  const float largest = std::numeric_limits<float>::max();
  const std::string_view low = bound(1, "min", -largest), high = bound(2, "max", largest);
  dropAttribute(node, "min");
  dropAttribute(node, "max");
  node.inputs = {node.inputs[0], low, high};
  return unary(node);
}

Result<void> ForeignRewriter::concat(OnnxNode& node) {
  const AxisOrder order = orderOf(node.inputs[0]);
  int channels = 0;
  for (const std::string_view input : node.inputs) {
    if (orderOf(input) != order) return lacks("joins values that lie differently");
    if (parts_.tensor(valueOf(input))) return lacks("joins a constant to what is computed");
    const int more = channelsOf(input);
    channels = more == 0 ? std::numeric_limits<int>::min() / 2 : channels + more;
  }
  const std::int64_t axis = integerOf(node, "axis", 1);
  if (axis < -4 || axis > 3 || order[static_cast<std::size_t>(axis < 0 ? axis + 4 : axis)] != 1) {
    return lacks("joins along another axis than the channels");
  }
  setInteger(node, "axis", 1);
  orders_[node.outputs[0]] = order;
  return emit(std::move(node), std::max(channels, 0));
}

Result<void> ForeignRewriter::arithmetic(OnnxNode& node) {
  if (node.inputs.size() != 2) return lacks("needs two inputs");
  if (node.type == "Div" && !parts_.tensor(node.inputs[1])) return inverted(node);
  for (std::size_t i : {0, 1}) {
    if (parts_.tensor(node.inputs[i])) return perChannel(node, i);
  }
  if (node.type == "Sub") return inverted(node);
  if (isVector(node.inputs[0]) != isVector(node.inputs[1]))
    return lacks("takes a vector and planes");
  if (isVector(node.inputs[0])) vectors_.insert(node.outputs[0]);
  if (isSingle(node.inputs[0]) && isSingle(node.inputs[1])) singles_.insert(node.outputs[0]);
  if (orderOf(node.inputs[0]) != orderOf(node.inputs[1])) {
    return lacks("takes values that lie differently");
  }
  orders_[node.outputs[0]] = orderOf(node.inputs[0]);
  const int channels = std::max(channelsOf(node.inputs[0]), channelsOf(node.inputs[1]));
  return emit(std::move(node), channels);
}

// a - b as a + (-b), a / b as a * b^-1, of a computed b.
Result<void> ForeignRewriter::inverted(OnnxNode& node) {
  const bool subtracts = node.type == "Sub";
  const std::string_view inverse = parts_.fresh(node.outputs[0], "inverse");
  OnnxNode of;
  of.type = subtracts ? "Neg" : "Pow";
  of.inputs = {node.inputs[1]};
  of.outputs = {inverse};
  if (!subtracts) of.inputs.push_back(parts_.floats(parts_.fresh(inverse, "exponent"), {}, {-1}));
  if (auto ok = unary(of); !ok) return ok;
  node.type = subtracts ? "Add" : "Mul";
  node.inputs[1] = inverse;
  return arithmetic(node);
}

// y = x * scale + shift as a convolution of 1x1 with one channel each.
Result<void> ForeignRewriter::perChannel(OnnxNode& node, std::size_t constant) {
  const OnnxTensor& tensor = *parts_.tensor(node.inputs[constant]);
  const auto values = parts_.constantFloats(node.inputs[constant]);
  const std::string_view value = node.inputs[1 - constant];
  const AxisOrder order = orderOf(value);
  const int channels = channelsOf(value);
  if (!values || values->empty()) return lacks("takes constants that are no floats");
  if (channels < 1) return lacks("takes a constant where the channels are not known");
  if (isVector(value)) return lacks("takes a constant and a vector");
  if (values->size() > 1) {
    Dims shape = tensor.shape;
    while (shape.size() < 4) shape.insert(shape.begin(), 1);
    bool fits = shape.size() == 4 && static_cast<int>(values->size()) == channels;
    for (std::size_t axis = 0; fits && axis < 4; ++axis) {
      fits = shape[axis] == 1 || order[axis] == 1;
    }
    if (!fits) return lacks("takes constants that are neither one number nor one per channel");
  }
  const bool divides = node.type == "Div", subtracts = node.type == "Sub";
  std::vector<float> scale, shift;
  for (int c = 0; c < channels; ++c) {
    const float given = (*values)[values->size() == 1 ? 0 : static_cast<std::size_t>(c)];
    const bool scales = divides || node.type == "Mul";
    scale.push_back(divides                      ? 1 / given
                    : scales                     ? given
                    : subtracts && constant == 0 ? -1.0F
                                                 : 1.0F);
    shift.push_back(scales ? 0.0F : subtracts && constant == 1 ? -given : given);
  }
  OnnxNode conv;
  conv.type = "Conv";
  conv.name = node.name;
  conv.outputs = node.outputs;
  conv.inputs = {value,
                 parts_.floats(parts_.fresh(node.outputs[0], "scale"), {channels, 1, 1, 1}, scale),
                 parts_.floats(parts_.fresh(node.outputs[0], "shift"), {channels}, shift)};
  setOneByOne(conv, channels);
  orders_[node.outputs[0]] = order;
  return emit(std::move(conv), channels);
}

// Over height and width, kept as 1 x 1 or not: the global average, as planes or as a vector.
Result<void> ForeignRewriter::reduceMean(OnnxNode& node) {
  const AxisOrder order = orderOf(node.inputs[0]);
  std::vector<std::int64_t> axes = integersOf(node, "axes", {});
  if (node.inputs.size() == 2) axes = parts_.constantIntegers(node.inputs[1]).value_or(axes);
  std::set<int> reduced;
  for (const std::int64_t axis : axes) {
    if (axis >= -4 && axis < 4)
      reduced.insert(order[static_cast<std::size_t>(axis < 0 ? axis + 4 : axis)]);
  }
  const bool kept = integerOf(node, "keepdims", 1) == 1;
  if (reduced != std::set<int>{2, 3} || (!kept && order != kPlanes)) {
    return lacks("averages over other axes than height and width");
  }
  singles_.insert(node.outputs[0]);
  if (!kept) vectors_.insert(node.outputs[0]);
  node.type = "GlobalAveragePool";
  node.inputs.resize(1);
  node.attributes.clear();
  orders_[node.outputs[0]] = order;
  const int channels = channelsOf(node.inputs[0]);
  return emit(std::move(node), channels);
}

Result<void> ForeignRewriter::softmax(OnnxNode& node) {
  const AxisOrder order = orderOf(node.inputs[0]);
  std::int64_t axis = integerOf(node, "axis", opset() < 13 ? 1 : -1);
  if (axis < 0) axis += 4;
  // Before opset 13 everything from the axis on was one list.
  if (axis < 0 || axis > 3 || (opset() < 13 && axis != 3) ||
      order[static_cast<std::size_t>(axis)] != 1) {
    return lacks("is taken over more than the channels");
  }
  setInteger(node, "axis", 1);
  orders_[node.outputs[0]] = order;
  const int channels = channelsOf(node.inputs[0]);
  return emit(std::move(node), channels);
}

// The last node but for casts and lost axes, as ours: along the channels, which are gone then.
Result<void> ForeignRewriter::argmax(OnnxNode& node) {
  const AxisOrder order = orderOf(node.inputs[0]);
  std::int64_t axis = integerOf(node, "axis", 0);
  if (axis < 0) axis += 4;
  if (axis < 0 || axis > 3 || order[static_cast<std::size_t>(axis)] != 1 ||
      integerOf(node, "select_last_index", 0) != 0) {
    return lacks("is taken along another axis than the channels");
  }
  node.attributes.clear();
  setInteger(node, "axis", 1);
  setInteger(node, "keepdims", 0);
  orders_[node.outputs[0]] = order;
  indices_.insert(node.outputs[0]);
  return emit(std::move(node), 0);
}

}  // namespace limbus
