#include "shared/graph/builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "shared/graph/op.h"

namespace limbus {
namespace {

std::vector<std::int64_t> list(Extent extent) { return {extent.h, extent.w}; }

// b of U(-b, b). PyTorch starts biases so, with a value of 1 and the fan-in of the weight beside.
double uniformBound(const Dims& weight, double value) {
  const std::int64_t fanIn = weight[1] * weight[2] * weight[3];
  return fanIn > 0 ? std::sqrt(value / static_cast<double>(fanIn)) : 0.0;
}

Attributes borderAttributes(const Margins& border) {
  return {
      {"border", std::vector<std::int64_t>{border.top, border.left, border.bottom, border.right}}};
}

}  // namespace

Builder::Builder(std::string graphName, int inputChannels) {
  graph_.name = std::move(graphName);
  graph_.inputChannels = inputChannels;
  channels_.push_back(inputChannels);
}

Builder::Scope::Scope(Builder& builder, const std::string& name)
    : builder_(builder), length_(builder.prefix_.size()) {
  builder_.prefix_ += name + ".";
}

Builder::Scope::~Scope() { builder_.prefix_.resize(length_); }

Builder::Initialised::Initialised(Builder& builder, const Initialisation& how)
    : builder_(builder), before_(std::exchange(builder.initialisation_, how)) {}

Builder::Initialised::~Initialised() { builder_.initialisation_ = before_; }

std::string Builder::fullName(const std::string& name) const { return prefix_ + name; }

Node Builder::start(Op op, const std::string& name, std::vector<ValueId> inputs) const {
  Node node;
  node.op = op;
  node.name = fullName(name);
  node.inputs = std::move(inputs);
  return node;
}

int Builder::addParameter(const Node& node, const char* role, Dims shape, Init init, double value,
                          bool learned) {
  graph_.parameters.push_back(
      {node.name + "." + role, std::move(shape), init, value, learned, part_});
  return static_cast<int>(graph_.parameters.size()) - 1;
}

int Builder::addWeight(const Node& node, const Dims& shape, const ConvOptions& o) {
  if (o.init) return addParameter(node, "weight", shape, *o.init, o.initValue);
  const Init init = initialisation_.weight;
  const double value = initialisation_.value;
  return addParameter(node, "weight", shape, init,
                      init == Init::uniform ? uniformBound(shape, value) : value);
}

ValueId Builder::addOutput(Node& node, std::int64_t channels) {
  channels_.push_back(channels);
  node.outputs.push_back(graph_.valueCount++);
  return node.outputs.back();
}

ValueId Builder::add(Node node, std::int64_t channels) {
  const ValueId output = addOutput(node, channels);
  graph_.nodes.push_back(std::move(node));
  return output;
}

void Builder::shareParameters(Node& node, const std::string& earlierName, const Dims& weight,
                              bool bias) {
  const auto earlier =
      std::find_if(graph_.nodes.begin(), graph_.nodes.end(), [&](const Node& candidate) {
        return candidate.op == node.op && candidate.name == earlierName;
      });
  const bool fits = earlier != graph_.nodes.end() &&
                    graph_.parameters[earlier->parameters[0]].shape == weight &&
                    earlier->parameters.size() == (bias ? 2U : 1U);
  if (fits) {
    node.parameters = earlier->parameters;
  } else if (graph_.problem.empty()) {
    graph_.problem = "conv '" + node.name + "' is to be the same as '" + earlierName + "', which " +
                     (earlier == graph_.nodes.end() ? "no earlier conv is called"
                                                    : "has another weight or bias");
  }
}

ValueId Builder::conv(ValueId x, const std::string& name, const ConvOptions& o) {
  Node node = start(Op::conv, name, {x});
  node.attributes = {{"kernel", list(o.kernel)},
                     {"stride", list(o.stride)},
                     {"padding", list(o.padding)},
                     {"dilation", list(o.dilation)},
                     {"groups", o.groups}};
  const Dims weight{o.out, channels(x) / o.groups, o.kernel.h, o.kernel.w};
  if (!o.sameAs.empty()) {
    shareParameters(node, o.sameAs, weight, o.bias);
    return add(std::move(node), o.out);
  }
  node.parameters.push_back(addWeight(node, weight, o));
  if (o.bias) {
    const Init bias = initialisation_.bias;
    const double bound = bias == Init::uniform ? uniformBound(weight, 1) : 0.0;
    node.parameters.push_back(addParameter(node, "bias", {o.out}, bias, bound));
  }
  return add(std::move(node), o.out);
}

ValueId Builder::deconv(ValueId x, const std::string& name, const DeconvOptions& o) {
  Node node = start(Op::deconv, name, {x});
  node.attributes = {{"kernel", list(o.kernel)},   {"stride", list(o.stride)},
                     {"padding", list(o.padding)}, {"dilation", list(o.dilation)},
                     {"groups", o.groups},         {"outputPadding", list(o.outputPadding)}};
  const Dims weight{channels(x), o.out / o.groups, o.kernel.h, o.kernel.w};
  node.parameters.push_back(addParameter(node, "weight", weight, o.init, o.initValue, !o.frozen));
  if (o.bias) {
    node.parameters.push_back(
        addParameter(node, "bias", {o.out}, Init::uniform, uniformBound(weight, 1)));
  }
  return add(std::move(node), o.out);
}

ValueId Builder::batchNorm(ValueId x, const std::string& name, const BatchNormOptions& o) {
  Node node = start(Op::batchNorm, name, {x});
  node.attributes = {{"eps", o.eps}, {"momentum", o.momentum}};
  const Dims shape{channels(x)};
  const double bias = initialisation_.normBias;
  node.parameters = {
      addParameter(node, "weight", shape, Init::ones),
      addParameter(node, "bias", shape, bias == 0 ? Init::zeros : Init::constant, bias),
      addParameter(node, "running_mean", shape, Init::zeros, 0.0, false),
      addParameter(node, "running_var", shape, Init::ones, 0.0, false)};
  return add(std::move(node), channels(x));
}

ValueId Builder::groupNorm(ValueId x, const std::string& name, const GroupNormOptions& o) {
  Node node = start(Op::groupNorm, name, {x});
  node.attributes = {{"groups", std::int64_t{o.groups}}, {"eps", o.eps}};
  const Dims shape{channels(x)};
  node.parameters = {addParameter(node, "weight", shape, Init::ones),
                     addParameter(node, "bias", shape, Init::zeros)};
  return add(std::move(node), channels(x));
}

ValueId Builder::apply(Op op, ValueId x, const std::string& name) {
  return add(start(op, name, {x}), channels(x));
}

ValueId Builder::relu(ValueId x, const std::string& name) { return apply(Op::relu, x, name); }

ValueId Builder::leakyRelu(ValueId x, const std::string& name, double slope) {
  Node node = start(Op::leakyRelu, name, {x});
  node.attributes = {{"slope", slope}};
  return add(std::move(node), channels(x));
}

ValueId Builder::prelu(ValueId x, const std::string& name, const PreluOptions& o) {
  Node node = start(Op::prelu, name, {x});
  const Dims shape{o.perChannel ? channels(x) : 1};
  node.parameters = {addParameter(node, "weight", shape, Init::constant, o.start)};
  return add(std::move(node), channels(x));
}

ValueId Builder::sigmoid(ValueId x, const std::string& name) { return apply(Op::sigmoid, x, name); }

ValueId Builder::softmax(ValueId x, const std::string& name) { return apply(Op::softmax, x, name); }

ValueId Builder::hardSigmoid(ValueId x, const std::string& name) {
  return apply(Op::hardSigmoid, x, name);
}

ValueId Builder::hardSwish(ValueId x, const std::string& name) {
  return apply(Op::hardSwish, x, name);
}

ValueId Builder::swish(ValueId x, const std::string& name) {
  return mul(x, sigmoid(x, name + ".gate"), name);
}

ValueId Builder::clip(ValueId x, const std::string& name, double min, double max) {
  Node node = start(Op::clip, name, {x});
  node.attributes = {{"min", min}, {"max", max}};
  return add(std::move(node), channels(x));
}

ValueId Builder::elu(ValueId x, const std::string& name, double alpha) {
  Node node = start(Op::elu, name, {x});
  node.attributes = {{"alpha", alpha}};
  return add(std::move(node), channels(x));
}

ValueId Builder::pow(ValueId x, const std::string& name, double exponent) {
  Node node = start(Op::pow, name, {x});
  node.attributes = {{"exponent", exponent}};
  return add(std::move(node), channels(x));
}

ValueId Builder::maxPool(ValueId x, const std::string& name, const MaxPoolOptions& o) {
  Node node = start(Op::maxPool, name, {x});
  node.attributes = {{"kernel", list(o.kernel)},
                     {"stride", list(o.stride)},
                     {"padding", list(o.padding)},
                     {"ceil", std::int64_t{o.ceil}}};
  return add(std::move(node), channels(x));
}

MaxPooled Builder::maxPoolIndexed(ValueId x, const std::string& name, const MaxPoolOptions& o) {
  const ValueId values = maxPool(x, name, o);
  return {values, addOutput(graph_.nodes.back(), channels(x)), x};
}

ValueId Builder::maxUnpool(ValueId x, const MaxPooled& pooled, const std::string& name) {
  return add(start(Op::maxUnpool, name, {x, pooled.indices, pooled.source}), channels(x));
}

ValueId Builder::avgPool(ValueId x, const std::string& name, const AvgPoolOptions& o) {
  Node node = start(Op::avgPool, name, {x});
  node.attributes = {{"kernel", list(o.kernel)},
                     {"stride", list(o.stride)},
                     {"padding", list(o.padding)},
                     {"ceil", std::int64_t{o.ceil}},
                     {"countPadding", std::int64_t{o.countPadding}}};
  return add(std::move(node), channels(x));
}

ValueId Builder::globalAvgPool(ValueId x, const std::string& name) {
  return add(start(Op::globalAvgPool, name, {x}), channels(x));
}

ValueId Builder::adaptiveAvgPool(ValueId x, const std::string& name, Extent bins) {
  Node node = start(Op::adaptiveAvgPool, name, {x});
  node.attributes = {{"bins", list(bins)}};
  return add(std::move(node), channels(x));
}

ValueId Builder::concat(const std::vector<ValueId>& xs, const std::string& name) {
  std::int64_t sum = 0;
  for (ValueId x : xs) sum += channels(x);
  return add(start(Op::concat, name, xs), sum);
}

ValueId Builder::add(ValueId a, ValueId b, const std::string& name) {
  return add(start(Op::add, name, {a, b}), std::max(channels(a), channels(b)));
}

ValueId Builder::mul(ValueId a, ValueId b, const std::string& name) {
  Node node = start(Op::mul, name, {a, b});
  node.attributes = {{"factor", 1.0}};
  return add(std::move(node), std::max(channels(a), channels(b)));
}

ValueId Builder::scale(ValueId x, const std::string& name, double factor) {
  Node node = start(Op::mul, name, {x});
  node.attributes = {{"factor", factor}};
  return add(std::move(node), channels(x));
}

ValueId Builder::resize(ValueId x, const std::string& name, const ResizeOptions& o) {
  Node node = start(Op::resize, name, {x});
  if (o.like >= 0) node.inputs.push_back(o.like);
  node.attributes = {{"mode", std::string(o.mode)},
                     {"alignCorners", std::int64_t{o.alignCorners}},
                     {"scale", list(o.like >= 0 ? Extent(1) : o.scale)}};
  return add(std::move(node), channels(x));
}

ValueId Builder::dropout(ValueId x, const std::string& name, const DropoutOptions& o) {
  Node node = start(Op::dropout, name, {x});
  node.attributes = {{"p", o.p},
                     {"perChannel", std::int64_t{o.perChannel}},
                     {"perImage", std::int64_t{o.perImage}}};
  return add(std::move(node), channels(x));
}

ValueId Builder::crop(ValueId x, const std::string& name, const Margins& border) {
  Node node = start(Op::crop, name, {x});
  node.attributes = borderAttributes(border);
  node.attributes["fromStart"] = std::int64_t{0};
  return add(std::move(node), channels(x));
}

ValueId Builder::cropLike(ValueId x, ValueId like, const std::string& name) {
  const ValueId cropped = cropLikeFrom(x, like, name, 0, 0);
  graph_.nodes.back().attributes["fromStart"] = std::int64_t{0};
  return cropped;
}

ValueId Builder::cropLikeFrom(ValueId x, ValueId like, const std::string& name, std::int64_t top,
                              std::int64_t left) {
  Node node = start(Op::crop, name, {x, like});
  node.attributes = borderAttributes({.top = top, .left = left});
  node.attributes["fromStart"] = std::int64_t{1};
  return add(std::move(node), channels(x));
}

ValueId Builder::pad(ValueId x, const std::string& name, const Margins& border, double value) {
  Node node = start(Op::pad, name, {x});
  node.attributes = borderAttributes(border);
  node.attributes["value"] = value;
  node.attributes["channels"] = std::int64_t{0};
  return add(std::move(node), channels(x));
}

ValueId Builder::padChannels(ValueId x, const std::string& name, std::int64_t more) {
  Node node = start(Op::pad, name, {x});
  node.attributes = borderAttributes({});
  node.attributes["value"] = 0.0;
  node.attributes["channels"] = more;
  return add(std::move(node), channels(x) + more);
}

ValueId Builder::slice(ValueId x, const std::string& name, std::int64_t first, std::int64_t count) {
  Node node = start(Op::slice, name, {x});
  node.attributes = {{"first", first}, {"count", count}};
  return add(std::move(node), count);
}

ValueId Builder::pixelShuffle(ValueId x, const std::string& name, int factor) {
  Node node = start(Op::pixelShuffle, name, {x});
  node.attributes = {{"factor", std::int64_t{factor}}};
  return add(std::move(node), channels(x) / (std::int64_t{factor} * factor));
}

ValueId Builder::channelShuffle(ValueId x, const std::string& name, int groups) {
  Node node = start(Op::channelShuffle, name, {x});
  node.attributes = {{"groups", std::int64_t{groups}}};
  return add(std::move(node), channels(x));
}

void Builder::auxiliary(const std::string& name, ValueId value) {
  auxiliaries_.push_back({name, value, true});
}

Graph Builder::finish(ValueId main, const std::string& outputName) {
  graph_.outputs = {{outputName, main, false}};
  graph_.outputs.insert(graph_.outputs.end(), auxiliaries_.begin(), auxiliaries_.end());
  return std::exchange(graph_, Graph{});
}

}  // namespace limbus
