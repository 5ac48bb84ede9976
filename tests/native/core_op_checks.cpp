// What each operation's row refuses of its attributes and parameters, at and beyond its bounds.
#include <limits>
#include <utility>
#include <vector>

#include "op_samples.h"
#include "result_text.h"
#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"

using namespace limbus;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// The message about the node of the first sample of `op`, spoilt; empty where it is sound.
template <class Spoil>
std::string problemOf(Op op, const Spoil& spoil) {
  for (const samples::OpSample& sample : samples::opSamples()) {
    if (sample.op != op) continue;
    Builder b("checked", static_cast<int>(sample.input[1]));
    const ValueId value = sample.build(b);
    Graph graph = b.finish(value);
    for (Node& node : graph.nodes) {
      if (node.op == op) spoil(graph, node);
    }
    const auto shapes = inferShapes(graph, sample.input);
    return shapes ? "" : shapes.error().message;
  }
  return "no sample";
}

std::string told(Op op, const Attributes& attributes) {
  return problemOf(op, [&](Graph&, Node& node) {
    for (const auto& [name, value] : attributes) node.attributes[name] = value;
  });
}

// With another shape of the parameter at `place`.
std::string shaped(Op op, std::size_t place, const Dims& shape) {
  return problemOf(op, [&](Graph& graph, Node& node) {
    graph.parameters[static_cast<std::size_t>(node.parameters[place])].shape = shape;
  });
}

using Whole = std::int64_t;
using List = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("bounds of what operations are told: norms and functions of values", "[graph]") {
  const char* const norm = "eps must be in (0,1) and momentum in [0,1]";
  CHECK(told(Op::batchNorm, {{"momentum", 0.0}, {"eps", 0.5}}).empty());
  CHECK(told(Op::batchNorm, {{"momentum", 1.0}}).empty());
  for (const double eps : {0.0, 1.0, kNone}) {
    CHECK(contains(told(Op::batchNorm, {{"eps", eps}}), norm));
    CHECK(contains(told(Op::groupNorm, {{"eps", eps}}), "eps must be in (0,1)"));
  }
  for (const double momentum : {-0.1, 1.1, kNone}) {
    CHECK(contains(told(Op::batchNorm, {{"momentum", momentum}}), norm));
  }
  for (const Whole groups : {0, -1, 7}) {
    CHECK(contains(told(Op::groupNorm, {{"groups", groups}}), "groups must divide"));
  }
  CHECK(contains(shaped(Op::groupNorm, 0, {1}), "weight and bias must be [C]"));
  CHECK(contains(shaped(Op::groupNorm, 1, {2, 3}), "weight and bias must be [C]"));
  CHECK(contains(shaped(Op::prelu, 0, {1, 1, 1}), "weight must be [C] or [1]"));
  CHECK(contains(shaped(Op::prelu, 0, {2}), "has 2 slopes for 3 channels"));

  CHECK(told(Op::dropout, {{"p", 0.0}}).empty());
  for (const double p : {-0.1, 1.0, kNone}) {
    CHECK(contains(told(Op::dropout, {{"p", p}}), "p must be in [0,1)"));
  }
  CHECK(contains(told(Op::dropout, {{"perChannel", Whole{1}}, {"perImage", Whole{1}}}),
                 "exclude each other"));
  CHECK(contains(told(Op::leakyRelu, {{"slope", kNone}}), "slope must be a finite number"));
  CHECK(contains(told(Op::elu, {{"alpha", kNone}}), "alpha must be a finite number"));
  CHECK(contains(told(Op::pow, {{"exponent", kNone}}), "exponent must be a finite number"));
  CHECK(contains(told(Op::clip, {{"min", kNone}}), "min must be a finite number"));
  CHECK(contains(told(Op::clip, {{"max", kNone}}), "max must be a finite number"));
  CHECK(told(Op::clip, {{"min", 2.0}, {"max", 2.0}}).empty());
  CHECK(contains(told(Op::clip, {{"min", 2.0}, {"max", 1.0}}), "min must not exceed max"));
}

TEST_CASE("bounds of what operations are told: channels", "[graph]") {
  CHECK(contains(told(Op::mul, {{"factor", 2.0}}), "factor has no meaning"));
  CHECK(contains(told(Op::mul, {{"factor", kNone}}), "factor must be a finite number"));
  for (const auto& [first, count] : std::vector<std::pair<Whole, Whole>>{
           {-1, 1}, {0, 0}, {kMaxExtent + 1, 1}, {0, kMaxExtent + 1}}) {
    CHECK(contains(told(Op::slice, {{"first", first}, {"count", count}}),
                   "first must be 0 or more and count 1 or more"));
  }
  CHECK(contains(told(Op::slice, {{"first", Whole{0}}, {"count", Whole{1000}}}),
                 "channels 0 to 999 of"));
  for (const Whole groups : {0, -1, 7}) {
    CHECK(contains(told(Op::channelShuffle, {{"groups", groups}}), "groups must divide"));
  }
  CHECK(contains(told(Op::pixelShuffle, {{"factor", Whole{0}}}), "factor must be in [1,64]"));
  CHECK(contains(told(Op::pixelShuffle, {{"factor", Whole{65}}}), "factor must be in [1,64]"));
  CHECK(contains(told(Op::pixelShuffle, {{"factor", Whole{7}}}), "do not divide into 49"));
}

TEST_CASE("bounds of what operations are told: windows and sizes", "[graph]") {
  const char* const scale = "scale must be in [1,1024]";
  for (const List& sides : {List{0, 1}, List{1, 0}, List{1025, 1}, List{1, 1025}}) {
    CHECK(contains(told(Op::resize, {{"scale", sides}}), scale));
  }
  CHECK(contains(told(Op::resize, {{"mode", std::string("cubic")}}), "unknown mode 'cubic'"));
  CHECK(contains(told(Op::resize, {{"mode", std::string("nearest")}, {"alignCorners", Whole{1}}}),
                 "alignCorners goes with mode bilinear only"));
  for (const List& bins : {List{0, 1}, List{1, 0}, List{65, 1}, List{1, 65}}) {
    CHECK(contains(told(Op::adaptiveAvgPool, {{"bins", bins}}), "bins must be in [1,64]"));
  }
  CHECK(told(Op::adaptiveAvgPool, {{"bins", List{64, 64}}}).empty());
  for (const Op pool : {Op::maxPool, Op::avgPool}) {
    for (const char* name : {"kernel", "stride"}) {
      CHECK(contains(told(pool, {{name, List{0, 2}}}), "kernel and stride must be in [1,"));
      CHECK(contains(told(pool, {{name, List{2, 0}}}), "kernel and stride must be in [1,"));
    }
    CHECK(told(pool, {{"kernel", List{2, 2}}, {"padding", List{1, 1}}}).empty());
    for (const List& padding : {List{2, 1}, List{1, 2}, List{-1, 0}, List{0, -1}}) {
      CHECK(contains(told(pool, {{"kernel", List{3, 3}}, {"padding", padding}}),
                     "must be at most half of kernel [3,3]"));
    }
    CHECK(contains(told(pool, {{"kernel", List{60, 2}}}), "is smaller than the window"));
    CHECK(contains(told(pool, {{"kernel", List{2, 60}}}), "is smaller than the window"));
  }
  const char* const extra = "must be smaller than the stride or the dilation";
  for (const List& more : {List{2, 0}, List{0, 2}, List{-1, 0}, List{0, -1}}) {
    CHECK(contains(told(Op::deconv, {{"outputPadding", more}}), extra));
  }
  CHECK(told(Op::deconv, {{"outputPadding", List{1, 1}}}).empty());
  CHECK(contains(told(Op::deconv, {{"padding", List{99, 0}}}), "nothing is left of input"));
  CHECK(contains(told(Op::deconv, {{"padding", List{0, 99}}}), "nothing is left of input"));
  for (std::size_t side = 0; side < 4; ++side) {
    for (const Op op : {Op::crop, Op::pad}) {
      for (const Whole count : {-1, 65536}) {
        List border{0, 0, 0, 0};
        border[side] = count;
        CHECK(contains(told(op, {{"border", border}}), " must be in [0,65535]"));
      }
    }
  }
  CHECK(contains(told(Op::pad, {{"value", kNone}}), "value must be a finite number"));
  CHECK(contains(told(Op::pad, {{"channels", Whole{-1}}}), "channels must be in [0,65535]"));
  CHECK(contains(told(Op::pad, {{"channels", Whole{65536}}}), "channels must be in [0,65535]"));
}
