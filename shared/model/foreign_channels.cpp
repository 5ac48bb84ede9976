// Rules for channels that are taken apart or shuffled, and for norms over groups of them.
#include <algorithm>
#include <utility>

#include "shared/model/foreign_rewriter.h"

namespace limbus {

// Channels [first, first + count) of a value.
Result<void> ForeignRewriter::emitChannels(std::string_view value, std::int64_t first,
                                           std::int64_t count, std::string_view output) {
  std::vector<std::int64_t> channels;
  for (std::int64_t i = 0; i < count; ++i) channels.push_back(first + i);
  OnnxNode node;
  node.type = "Gather";
  node.inputs = {value, parts_.integers(parts_.fresh(output, "channels"), channels)};
  node.outputs = {output};
  setInteger(node, "axis", 1);
  return emit(std::move(node), static_cast<int>(count));
}

// A Slice of channels alone; bounds from the end where they are negative.
Result<void> ForeignRewriter::sliceChannels(OnnxNode& node, std::int64_t start, std::int64_t end) {
  const std::int64_t channels = channelsOf(node.inputs[0]);
  if (channels < 1) return lacks("cuts channels where their number is not known");
  const auto within = [&](std::int64_t bound) {
    return std::clamp<std::int64_t>(bound < 0 ? bound + channels : bound, 0, channels);
  };
  const std::int64_t first = within(start), count = within(end) - first;
  if (count < 1) return lacks("leaves no channels");
  return emitChannels(node.inputs[0], first, count, node.outputs[0]);
}

Result<void> ForeignRewriter::split(OnnxNode& node) {
  if (auto planes = planesOnly(node); !planes) return planes;
  const std::int64_t axis = integerOf(node, "axis", 0), channels = channelsOf(node.inputs[0]);
  if (axis != 1 && axis != -3) return lacks("takes other axes than the channels apart");
  if (channels < 1) return lacks("takes channels apart where their number is not known");
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  std::vector<std::int64_t> sizes = integersOf(node, "split", {});
  if (node.inputs.size() > 1) {
    const auto given = parts_.constantIntegers(node.inputs[1]);
    if (!given) return lacks("takes channels apart by numbers that are computed");
    sizes = *given;
  }
  // Equal parts; from opset 18 on the last may be smaller.
  const std::int64_t each = (channels + parts - 1) / parts;
  for (std::int64_t i = 0; sizes.size() < node.outputs.size(); ++i) {
    sizes.push_back(std::min(each, channels - i * each));
  }
  std::int64_t first = 0;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const std::int64_t count = sizes[i];
    if (count < 1 || count > channels - first)
      return lacks("takes apart more channels than it has");
    if (!node.outputs[i].empty()) {
      if (auto ok = emitChannels(node.inputs[0], first, count, node.outputs[i]); !ok) return ok;
    }
    first += count;
  }
  return {};
}

// Our own words for a norm of groups, as writeOnnx has them.
Result<void> ForeignRewriter::emitGroupNorm(const GroupNorm& norm, std::string_view output) {
  const auto channels = static_cast<std::int64_t>(norm.scale.size());
  const auto each = static_cast<std::size_t>(norm.groups);
  std::string_view last = valueOf(norm.source);
  const auto step = [&](const char* type, std::vector<std::string_view> more,
                        std::string_view result = {}) {
    OnnxNode node;
    node.type = type;
    node.name = parts_.fresh(output, type);
    node.inputs = {last};
    node.inputs.insert(node.inputs.end(), more.begin(), more.end());
    last = result.empty() ? node.name : result;
    node.outputs = {last};
    if (node.type == "InstanceNormalization") setNumber(node, "epsilon", norm.epsilon);
    return emit(std::move(node), 0);
  };
  const auto floats = [&](const char* name, const Dims& shape, const std::vector<float>& values) {
    return parts_.floats(parts_.fresh(output, name), shape, values);
  };
  const auto integers = [&](const char* name, const std::vector<std::int64_t>& values) {
    return parts_.integers(parts_.fresh(output, name), values);
  };
  const std::string_view source = last;
  if (auto ok = step("Shape", {}); !ok) return ok;
  const std::string_view shape = std::exchange(last, source);
  const Dims groups{norm.groups};
  if (auto ok = step("Reshape", {integers("groups", {0, norm.groups, -1})}); !ok) return ok;
  if (auto ok =
          step("InstanceNormalization", {floats("ones", groups, std::vector<float>(each, 1)),
                                         floats("zeros", groups, std::vector<float>(each, 0))});
      !ok) {
    return ok;
  }
  if (auto ok = step("Reshape", {integers("channels", {0, channels, -1})}); !ok) return ok;
  if (auto ok = step("Mul", {floats("scale", {channels, 1}, norm.scale)}); !ok) return ok;
  if (auto ok = step("Add", {floats("shift", {channels, 1}, norm.shift)}); !ok) return ok;
  if (auto ok = step("Reshape", {shape}, output); !ok) return ok;
  channels_[output] = static_cast<int>(channels);
  return {};
}

// GroupNormalization, InstanceNormalization of planes (a group for each channel), and, of what was
// reshaped into groups before, the first half of a norm that a later Reshape ends.
Result<void> ForeignRewriter::groupNorm(OnnxNode& node) {
  if (node.inputs.size() != 3) return lacks("needs a scale and a shift");
  const auto scale = parts_.constantFloats(node.inputs[1]),
             shift = parts_.constantFloats(node.inputs[2]);
  if (!scale || !shift || scale->size() != shift->size()) {
    return lacks("must have constant scales and shifts");
  }
  const OnnxAttribute* epsilon = findAttribute(node, "epsilon");
  GroupNorm norm{.source = node.inputs[0], .epsilon = epsilon ? epsilon->number : 1e-5F};
  const auto grouped = groupNorms_.find(node.inputs[0]);
  if (grouped != groupNorms_.end())
    norm = {grouped->second.source, grouped->second.groups, norm.epsilon};
  if (auto planes = planesOnly(node); !planes) return planes;
  const std::int64_t channels = channelsOf(norm.source);
  if (channels < 1) return lacks("normalises channels whose number is not known");
  if (grouped == groupNorms_.end()) norm.groups = integerOf(node, "num_groups", channels);
  const auto given = static_cast<std::int64_t>(scale->size());
  if (norm.groups < 1 || channels % norm.groups != 0 ||
      (given != channels && given != norm.groups)) {
    return lacks("has groups that do not divide the channels, or scales of neither");
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto place = static_cast<std::size_t>(c * given / channels);
    norm.scale.push_back((*scale)[place]);
    norm.shift.push_back((*shift)[place]);
  }
  if (grouped == groupNorms_.end()) return emitGroupNorm(norm, node.outputs[0]);
  groupNorms_[node.outputs[0]] = std::move(norm);
  return {};
}

// [N,C,H,W] to [N,G,C/G,H,W]. Height and width must come back at the end; that they are those of
// the value follows from the number of cells, where batch and channels are known.
Result<void> ForeignRewriter::startShuffle(const OnnxNode& node, const KnownIntegers& target) {
  if (auto planes = planesOnly(node); !planes) return planes;
  const std::int64_t channels = channelsOf(node.inputs[0]), groups = target[1].constant,
                     each = target[2].constant;
  if (channels < 1) return lacks("shuffles channels whose number is not known");
  const bool sized = target[3].isSize(2) && target[4].isSize(3);
  const bool divides =
      groups >= 1 && channels % groups == 0 && (each == channels / groups || (each == -1 && sized));
  if (!divides || (target[0].constant == -1 && !sized)) {
    return lacks("reshapes to what is no groups of channels");
  }
  shuffles_[node.outputs[0]] = {
      .source = node.inputs[0], .groups = groups, .size = {target[3], target[4]}};
  return {};
}

// Back to [N,C,H,W], as our row of the op table reads it.
Result<void> ForeignRewriter::endShuffle(const OnnxNode& node, const KnownIntegers& back) {
  const Shuffle& shuffle = shuffles_.at(node.inputs[0]);
  const std::int64_t channels = channelsOf(shuffle.source);
  const bool ends = shuffle.swapped && back.size() == 4 &&
                    (back[1].isSize(1) || back[1].constant == channels || back[1].constant == -1) &&
                    back[2] == shuffle.size[0] && back[3] == shuffle.size[1];
  if (!ends) return lacks("reshapes groups of channels to something else");
  const std::string_view output = node.outputs[0];
  const auto step = [&](const char* type, std::vector<std::string_view> inputs, OnnxNode made,
                        std::string_view result = {}) {
    if (result.empty()) result = parts_.fresh(output, type);
    made.type = type;
    made.inputs = std::move(inputs);
    made.outputs = {result};
    (void)emit(std::move(made), 0);
    return result;
  };
  OnnxNode fromHeight, along, swap;
  setInteger(fromHeight, "start", 2);
  setInteger(along, "axis", 0);
  setIntegers(swap, "perm", {0, 2, 1, 3, 4});
  const std::string_view x = shuffle.source, size = step("Shape", {x}, std::move(fromHeight));
  const std::string_view groups =
      parts_.integers(parts_.fresh(output, "groups"), {0, shuffle.groups, -1});
  const std::string_view target = step("Concat", {groups, size}, std::move(along));
  const std::string_view swapped =
      step("Transpose", {step("Reshape", {x, target}, {})}, std::move(swap));
  step("Reshape", {swapped, step("Shape", {x}, {})}, {}, output);
  channels_[output] = static_cast<int>(channels);
  return {};
}

// To groups of channels and back from them, or to a vector and back.
Result<void> ForeignRewriter::reshape(OnnxNode& node) {
  const auto target = node.inputs.size() == 2 ? parts_.known(node.inputs[1]) : std::nullopt;
  if (!target) return lacks("reshapes to what is computed");
  if (shuffles_.count(node.inputs[0]) > 0) return endShuffle(node, *target);
  if (target->size() == 5) return startShuffle(node, *target);
  const auto normed = groupNorms_.find(node.inputs[0]);
  if (normed != groupNorms_.end()) {
    const GroupNorm& norm = normed->second;
    const auto channels = static_cast<std::int64_t>(norm.scale.size());
    const bool back = target->size() == 4 && channels > 0 &&
                      ((*target)[1].isSize(1) || (*target)[1].constant == channels);
    if (!back) return lacks("reshapes groups of channels to something else");
    return emitGroupNorm(norm, node.outputs[0]);
  }
  const bool toOne =
      target->size() == 4 && (*target)[2].constant == 1 && (*target)[3].constant == 1;
  if (isVector(node.inputs[0])) {
    return toOne ? toPlanes(node) : lacks("reshapes a vector to more than one pixel");
  }
  if (target->size() == 2) return toVector(node);
  const KnownInteger batch = target->empty() ? KnownInteger() : target->front();
  const bool groups = target->size() == 3 && (*target)[1].source.empty() &&
                      (*target)[1].constant > 0 && (*target)[2].constant == -1 &&
                      (batch.isSize(0) || batch.constant == 0 || batch.constant == 1);
  if (!groups) return lacks("reshapes to what is neither groups of channels nor a vector");
  if (auto planes = planesOnly(node); !planes) return planes;
  groupNorms_[node.outputs[0]] = {.source = node.inputs[0], .groups = (*target)[1].constant};
  return {};
}

}  // namespace limbus
