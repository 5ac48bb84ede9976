// Every op: shapes against hand-computed ones, checks, counts, and errors that name the node.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "op_samples.h"
#include "result_text.h"
#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"
#include "shared/ops/summary.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

Graph tiny() {
  Builder b("tiny", 1);
  ValueId x = b.conv(b.input(), "a", {.out = 2, .kernel = 3, .padding = 1});
  x = b.prelu(b.batchNorm(x, "norm"), "act");
  return b.finish(b.conv(x, "b", {.out = 4, .kernel = 1, .bias = true}));
}

// Compilers print a value of an enum that has no name as a cast: "(limbus::Op)99".
template <Op op>
bool isNamed() {
  return std::string(__PRETTY_FUNCTION__).find("op = (") == std::string::npos;
}

// Every name in Op, by asking for each number: nobody has to say which is the last.
template <int... numbers>
std::vector<Op> namedOps(std::integer_sequence<int, numbers...>) {
  std::vector<Op> ops;
  ((isNamed<Op{numbers}>() ? ops.push_back(Op{numbers}) : void()), ...);
  return ops;
}

std::string errorOf(const Graph& graph, const Dims& input) {
  const auto shapes = inferShapes(graph, input);
  return shapes ? "" : shapes.error().message;
}

}  // namespace

TEST_CASE("every op has a complete row and a sample", "[graph]") {
  std::set<std::string> names;
  std::set<std::pair<std::string, std::string>> onnx;  // the node that tells it, and the one before
  for (const OpRow& row : opTable()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.shapes != nullptr);
    CHECK(&opRow(row.op) == &row);
    if (row.op != Op::dropout) {
      REQUIRE(row.onnxType != nullptr);
      CHECK(onnx.insert({row.onnxType, row.onnxAfter ? row.onnxAfter : ""}).second);
      CHECK(row.writeOnnx != nullptr);
      CHECK(row.readOnnx != nullptr);
    }
    bool sampled = false;
    for (const auto& sample : samples::opSamples()) sampled |= sample.op == row.op;
    CHECK(sampled);
  }
  const std::vector<Op> ops = namedOps(std::make_integer_sequence<int, 256>());
  CHECK(ops.size() == opTable().size());
  CHECK(static_cast<int>(ops.back()) + 1 == static_cast<int>(ops.size()));
  for (Op op : ops) {
    INFO("Op number " << static_cast<int>(op));
    CHECK(opRow(op).shapes != nullptr);
  }
}

TEST_CASE("shapes follow PyTorch's rules", "[graph]") {
  for (const auto& sample : samples::opSamples()) {
    INFO(sample.name);
    Builder b("sample", static_cast<int>(sample.input[1]));
    const ValueId value = sample.build(b);
    const std::int64_t tracked = b.channels(value);
    const Graph graph = b.finish(value);
    REQUIRE(validate(graph).has_value());
    const auto shapes = inferShapes(graph, sample.input);
    REQUIRE(shapes.has_value());
    CHECK((*shapes)[value] == sample.output);
    CHECK(tracked == sample.output[1]);
    for (const Node& node : graph.nodes) {
      CHECK(node.attributes.size() == opRow(node.op).attributes.size());
    }
  }
}

TEST_CASE("pooled sizes, row by row", "[graph]") {
  struct Row {
    int in, kernel, stride, padding;
    bool ceil;
    int out;
  };
  // Computed with torch.nn.functional.max_pool2d.
  const Row rows[] = {
      {7, 2, 2, 0, false, 3}, {7, 2, 2, 0, true, 4},  {8, 3, 2, 1, true, 5}, {7, 3, 2, 1, true, 4},
      {5, 2, 3, 1, true, 2},  {6, 2, 3, 1, true, 3},  {4, 2, 3, 1, true, 2}, {10, 3, 3, 1, true, 4},
      {2, 3, 2, 0, true, 1},  {1, 2, 2, 1, false, 1}, {1, 2, 2, 1, true, 1}, {3, 2, 2, 1, true, 2},
  };
  for (const Row& row : rows) {
    INFO(row.in << " kernel " << row.kernel << " stride " << row.stride << " padding "
                << row.padding);
    Builder b("pool", 1);
    const ValueId pooled = b.maxPool(
        b.input(), "pool",
        {.kernel = row.kernel, .stride = row.stride, .padding = row.padding, .ceil = row.ceil});
    const Graph graph = b.finish(pooled);
    const auto shapes = inferShapes(graph, {1, 1, row.in, row.in});
    REQUIRE(shapes.has_value());
    CHECK((*shapes)[pooled] == Dims{1, 1, row.out, row.out});
  }
}

TEST_CASE("counts and summary", "[graph]") {
  const Graph graph = tiny();
  CHECK(countParameters(graph) == 18 + 4 + 2 + 8 + 4);
  CHECK(countMultiplyAdds(graph, {1, 1, 10, 20}).value() == 200 * 18 + 200 * 8);
  CHECK(countMultiplyAdds(graph, {3, 1, 10, 20}).value() == 3 * (200 * 18 + 200 * 8));
  const GraphSummary summary = summarise(graph, {1, 1, 10, 20}).value();
  REQUIRE(summary.layers.size() == 4);
  CHECK(summary.layers[0].name == "a");
  CHECK(summary.layers[0].parameters == 18);
  CHECK(summary.layers[1].parameters == 4);
  CHECK(summary.layers[3].output == Dims{1, 4, 10, 20});
  CHECK(summary.parameters == countParameters(graph));
}

TEST_CASE("a shared conv counts its parameters once, its work twice", "[graph]") {
  Builder b("shared", 2);
  ValueId x = b.conv(b.input(), "first", {.out = 2, .kernel = 3, .padding = 1});
  x = b.conv(x, "second", {.out = 2, .kernel = 3, .padding = 1, .sameAs = "first"});
  const Graph graph = b.finish(x);
  CHECK(countParameters(graph) == 36);
  CHECK(countMultiplyAdds(graph, {1, 2, 4, 4}).value() == 2 * 36 * 16);
}

TEST_CASE("a conv that is to be the same as none is an error", "[graph]") {
  const auto problem = [](const ConvOptions& second) {
    Builder b("shared", 2);
    ValueId x = b.relu(b.conv(b.input(), "first", {.out = 2, .kernel = 3, .padding = 1}), "act");
    const Graph graph = b.finish(b.conv(x, "second", second));
    const Result<void> ok = validate(graph);
    return ok ? "" : ok.error().message;
  };
  const std::string start = "graph 'shared': conv 'second' is to be the same as ";
  ConvOptions second{.out = 2, .kernel = 3, .padding = 1, .sameAs = "first"};
  CHECK(problem(second).empty());
  second.sameAs = "frist";
  CHECK(problem(second) == start + "'frist', which no earlier conv is called");
  second.sameAs = "act";
  CHECK(problem(second) == start + "'act', which no earlier conv is called");
  second.sameAs = "second";
  CHECK(problem(second) == start + "'second', which no earlier conv is called");
  second.sameAs = "first";
  second.out = 3;
  CHECK(problem(second) == start + "'first', which has another weight or bias");
  second.out = 2;
  second.bias = true;
  CHECK(problem(second) == start + "'first', which has another weight or bias");
}

TEST_CASE("parameters know their part of the network", "[graph]") {
  Builder b("parts", 1);
  ValueId x = b.batchNorm(b.conv(b.input(), "stem", {.out = 2}), "norm");
  b.part(Part::decoder);
  x = b.deconv(x, "up", {.out = 2, .bias = true});
  b.part(Part::head);
  const Graph graph = b.finish(b.conv(x, "classifier", {.out = 4}));
  std::map<Part, std::vector<std::string>> names;
  for (const Parameter& p : graph.parameters) names[p.part].push_back(p.name);
  CHECK(names[Part::encoder].size() == 5);
  CHECK(names[Part::decoder] == std::vector<std::string>{"up.weight", "up.bias"});
  CHECK(names[Part::head] == std::vector<std::string>{"classifier.weight"});
}

TEST_CASE("what outputs need, with and without auxiliary ones", "[graph]") {
  Builder b("needs", 1);
  const ValueId trunk = b.conv(b.input(), "trunk", {.out = 2});
  b.auxiliary("aux", b.conv(trunk, "side", {.out = 4}));
  b.relu(trunk, "unread");
  const Graph graph = b.finish(b.conv(trunk, "head", {.out = 4}));
  CHECK(neededNodes(graph, false) == std::vector<bool>{true, false, false, true});
  CHECK(neededNodes(graph, true) == std::vector<bool>{true, true, false, true});
}

TEST_CASE("auxiliary outputs cost no multiply-adds", "[graph]") {
  Builder b("aux", 1);
  const ValueId x = b.conv(b.input(), "trunk", {.out = 2, .kernel = 1});
  b.auxiliary("aux", b.conv(x, "side", {.out = 4, .kernel = 1}));
  const Graph graph = b.finish(b.conv(x, "head", {.out = 4, .kernel = 1}));
  REQUIRE(graph.outputs.size() == 2);
  CHECK(countMultiplyAdds(graph, {1, 1, 2, 2}).value() == 4 * (2 + 8));
  const GraphSummary summary = summarise(graph, {1, 1, 2, 2}).value();
  CHECK(summary.layers[1].auxiliary);
  CHECK_FALSE(summary.layers[2].auxiliary);
}

TEST_CASE("scopes prefix names and end", "[graph]") {
  Builder b("names", 1);
  ValueId x = b.input();
  {
    const auto outer = b.scope("block1");
    const auto inner = b.scope("0");
    x = b.conv(x, "conv", {.out = 2, .kernel = 1, .bias = true});
  }
  x = b.conv(x, "head", {.out = 2, .kernel = 1});
  const Graph graph = b.finish(x);
  CHECK(graph.nodes[0].name == "block1.0.conv");
  CHECK(graph.parameters[0].name == "block1.0.conv.weight");
  CHECK(graph.parameters[1].name == "block1.0.conv.bias");
  CHECK(graph.parameters[2].name == "head.weight");
}

TEST_CASE("shape errors name the op and its node", "[graph]") {
  Builder b("odd", 1);
  const ValueId down =
      b.conv(b.input(), "down", {.out = 2, .kernel = 3, .stride = 2, .padding = 1});
  const ValueId pool = b.maxPool(b.input(), "pool");
  const Graph graph = b.finish(b.concat({down, pool}, "cat1"));
  CHECK(inferShapes(graph, {1, 1, 80, 80}).has_value());
  CHECK_THAT(errorOf(graph, {1, 1, 81, 80}),
             StartsWith("concat 'cat1': inputs differ in height: 41 and 40; the next size up that "
                        "fits is 82 high and 80 wide"));
  CHECK_THAT(errorOf(graph, {1, 3, 80, 80}),
             ContainsSubstring("expects input [N,1,H,W], got [1,3,80,80]"));
  CHECK_THAT(errorOf(graph, {1, 1, 1, 1}),
             StartsWith("maxPool 'pool': input [1,1,1,1] is smaller than the window; the next size "
                        "up that fits is 2 high and 2 wide"));
  CHECK_THAT(errorOf(graph, {1, 1, 0, 4}), ContainsSubstring("out of range"));
  CHECK_THAT(errorOf(graph, {1, 1, -4, 4}), ContainsSubstring("out of range"));
  CHECK_THAT(errorOf(graph, {1, 1, 4}), ContainsSubstring("expects input"));
}

TEST_CASE("sizes that overflow are errors", "[graph]") {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  const Graph graph = tiny();
  CHECK_FALSE(inferShapes(graph, {1, 1, huge, huge}).has_value());
  CHECK_FALSE(inferShapes(graph, {kMaxExtent, 1, kMaxExtent, kMaxExtent}).has_value());
  CHECK_FALSE(
      countMultiplyAdds(graph, {1, 1, std::int64_t{1} << 25, std::int64_t{1} << 25}).has_value());
  Graph wide = graph;
  wide.parameters[0].shape = {huge, huge, 3, 3};
  CHECK_FALSE(validate(wide).has_value());
  Graph padded = graph;
  padded.nodes[0].attributes["padding"] = std::vector<std::int64_t>{huge, huge};
  CHECK_FALSE(validate(padded).has_value());
}

TEST_CASE("indices are no numbers, and belong to what was pooled", "[graph]") {
  Builder b("pools", 2);
  const ValueId x = b.relu(b.input(), "act");
  const MaxPooled pooled = b.maxPoolIndexed(x, "pool");
  const ValueId back = b.maxUnpool(pooled.values, pooled, "back");
  const Graph good = b.finish(back);
  const auto shapes = inferShapes(good, {2, 2, 9, 8});
  REQUIRE(shapes.has_value());
  CHECK((*shapes)[pooled.indices] == Dims{2, 2, 4, 4});
  CHECK(producerOf(good, pooled.indices) == &good.nodes[1]);
  CHECK(producerOf(good, 0) == nullptr);
  const auto spoilt = [&](void (*spoil)(Graph & graph)) {
    Graph graph = good;
    spoil(graph);
    return errorOf(graph, {2, 2, 9, 8});
  };
  CHECK(spoilt([](Graph& g) { g.nodes[2].inputs[0] = 3; }) ==
        "maxUnpool 'back': needs numbers as input 0, value 3 holds indices");
  CHECK(spoilt([](Graph& g) { g.nodes[2].inputs[1] = 2; }) ==
        "maxUnpool 'back': needs indices as input 1, value 2 holds numbers");
  CHECK(spoilt([](Graph& g) { g.nodes[2].inputs[2] = 0; }) ==
        "maxUnpool 'back': needs as third input the value whose pooling gave the indices");
  CHECK(spoilt([](Graph& g) { g.nodes[2].inputs[0] = 1; }) ==
        "maxUnpool 'back': values [2,2,9,8] and indices [2,2,4,4] differ in shape");
  CHECK(spoilt([](Graph& g) { g.outputs[0].value = 3; }) ==
        "output 'logits' of graph 'pools' must hold numbers, got indices");
  CHECK(spoilt([](Graph& g) { g.nodes[1].outputs.push_back(9); }) ==
        "maxPool 'pool': expects 1 to 2 outputs, got 3");
  CHECK(spoilt([](Graph& g) { g.nodes[1].outputs = {2}; }) ==
        "maxUnpool 'back': reads value 3, which no earlier node computes");
}

TEST_CASE("attributes may be lists of any length", "[graph]") {
  const std::vector<AttributeSpec> specs = {
      {.name = "bins", .byDefault = std::vector<std::int64_t>{1}, .required = true, .length = 0},
      {.name = "border", .byDefault = std::vector<std::int64_t>{0, 0, 0, 0}, .length = 4}};
  const auto problem = [&](const Attributes& attributes) {
    const Result<void> ok = checkAttributes(attributes, specs);
    return ok ? "" : ok.error().message;
  };
  const std::vector<std::int64_t> bins{2, 3, 6};
  CHECK(problem({{"bins", bins}}).empty());
  CHECK(problem({{"bins", std::vector<std::int64_t>{}}}) ==
        "attribute 'bins' must be one whole number or more, got []");
  CHECK(problem({{"bins", bins}, {"border", bins}}) ==
        "attribute 'border' must be 4 whole numbers, got [2,3,6]");
  CHECK(problem({{"border", std::vector<std::int64_t>{1, 2, 3, 4}}}) ==
        "attribute 'bins' is missing");
  Node node;
  node.attributes["bins"] = bins;
  const Graph graph;
  CHECK(NodeView{graph, node}.list("bins") == bins);
}

TEST_CASE("validate refuses broken graphs", "[graph]") {
  const Graph good = tiny();
  REQUIRE(validate(good).has_value());
  struct Row {
    const char* message;
    void (*spoil)(Graph& graph);
  };
  const Row rows[] = {
      {"conv 'a': reads value 9", [](Graph& g) { g.nodes[0].inputs = {9}; }},
      {"conv 'a': reads value 4", [](Graph& g) { g.nodes[0].inputs = {4}; }},
      {"conv 'a': expects 1 inputs, got 2",
       [](Graph& g) {
         g.nodes[0].inputs = {0, 0};
       }},
      {"unknown attribute 'kernle'; known: kernel, stride",
       [](Graph& g) { g.nodes[0].attributes["kernle"] = std::int64_t{3}; }},
      {"attribute 'kernel' is missing", [](Graph& g) { g.nodes[0].attributes.erase("kernel"); }},
      {"attribute 'kernel' has the wrong type",
       [](Graph& g) { g.nodes[0].attributes["kernel"] = 3.0; }},
      {"attribute 'kernel' must be [h,w]",
       [](Graph& g) { g.nodes[0].attributes["kernel"] = std::vector<std::int64_t>{3}; }},
      {"conv 'a': weight must have 4 dimensions, got [2,9]",
       [](Graph& g) {
         g.parameters[0].shape = {2, 9};
       }},
      {"does not fit kernel [5,5]",
       [](Graph& g) {
         g.nodes[0].attributes["kernel"] = std::vector<std::int64_t>{5, 5};
       }},
      {"stride must be in [1,65535], got [0,1]",
       [](Graph& g) {
         g.nodes[0].attributes["stride"] = std::vector<std::int64_t>{0, 1};
       }},
      {"groups must be at least 1",
       [](Graph& g) { g.nodes[0].attributes["groups"] = std::int64_t{0}; }},
      {"does not divide into 3 groups",
       [](Graph& g) { g.nodes[0].attributes["groups"] = std::int64_t{3}; }},
      {"conv 'a': expects 1 to 2 parameters, got 0", [](Graph& g) { g.nodes[0].parameters = {}; }},
      {"parameter index 99", [](Graph& g) { g.nodes[0].parameters = {99}; }},
      {"is learned where a statistic", [](Graph& g) { g.nodes[1].parameters[2] = 1; }},
      {"batchNorm 'norm': bias must be [C]", [](Graph& g) { g.parameters[2].shape = {3}; }},
      {"bias must be [4], got [5]", [](Graph& g) { g.parameters.back().shape = {5}; }},
      {"used twice", [](Graph& g) { g.parameters[1].name = g.parameters[0].name; }},
      {"used twice", [](Graph& g) { g.nodes[1].name = "a"; }},
      {"used twice", [](Graph& g) { g.nodes[1].name = "a.weight"; }},
      {"conv 'a': expects 1 outputs, got 0", [](Graph& g) { g.nodes[0].outputs = {}; }},
      {"conv 'a': expects 1 outputs, got 2",
       [](Graph& g) {
         g.nodes[0].outputs = {1, 9};
       }},
      {"writes value 1", [](Graph& g) { g.nodes[1].outputs = {1}; }},
      {"needs a first output", [](Graph& g) { g.outputs.clear(); }},
      {"needs a first output", [](Graph& g) { g.outputs[0].auxiliary = true; }},
      {"output 'logits'", [](Graph& g) { g.outputs[0].value = 17; }},
      {"needs input channels", [](Graph& g) { g.inputChannels = 0; }},
      {"has the shape [-2]", [](Graph& g) { g.parameters[1].shape = {-2}; }},
  };
  for (const Row& row : rows) {
    Graph graph = good;
    row.spoil(graph);
    const Result<void> ok = validate(graph);
    INFO(row.message);
    REQUIRE_FALSE(ok.has_value());
    CHECK_THAT(ok.error().message, ContainsSubstring(row.message));
    CHECK_FALSE(inferShapes(graph, {1, 1, 8, 8}).has_value());
  }
}
