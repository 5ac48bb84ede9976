// Functions of each value and shuffles of channels as other exporters spell them out: read, run,
// and held to LibTorch's own.
#include <torch/torch.h>

#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "native/train/executor/executor.h"
#include "native_catch.h"
#include "op_graphs.h"
#include "shared/model/onnx_model.h"
#include "shared/onnx/interface.h"
#include "small_onnx.h"

using namespace limbus;
using Catch::Matchers::ContainsSubstring;
using samples::SmallNode;
using samples::SmallTensor;

namespace {

constexpr int kChannels = 4, kHeight = 6, kWidth = 5;

// Of a file from "x" to "y".
Result<OnnxModel> readNodes(std::vector<SmallNode> nodes, std::vector<SmallTensor> tensors) {
  const std::string channels = std::to_string(kChannels);
  const samples::SmallOnnx file{.inputs = {{"x", {"N", channels, "H", "W"}}},
                                .outputs = {{"y", {"N", channels, "H", "W"}}},
                                .nodes = std::move(nodes),
                                .tensors = std::move(tensors)};
  const OnnxFacts facts = inspectOnnx(file.bytes()).value();
  Manifest manifest = draftManifest(facts, imageInterface(facts).value());
  manifest.input.height = kHeight;
  manifest.input.width = kWidth;
  return readOnnx(file.bytes(manifest));
}

torch::Tensor input() {
  const Dims shape{2, kChannels, kHeight, kWidth};
  return torch::tensor(testInput(shape).values).view(shape);
}

// The largest difference from what was to come out.
float difference(const OnnxModel& model, const torch::Tensor& expected) {
  Executor net(model.graph, 1);
  REQUIRE(net.load(model.weights));
  net.eval();
  return (net.forward(input())[0] - expected).abs().max().item<float>();
}

SmallTensor number(const char* name, double value) {
  return {name, {}, {static_cast<float>(value)}};
}

SmallTensor whole(const char* name, Dims values) {
  return {name, {static_cast<std::int64_t>(values.size())}, {}, std::move(values)};
}

// Groups of channels and back, between the two shapes.
std::vector<SmallNode> shuffle(const Dims& order = {0, 2, 1, 3, 4}) {
  return {{"Reshape", {"x", "groups"}, "g"},
          {"Transpose", {"g"}, "t", {}, {{"perm", order}}},
          {"Reshape", {"t", "back"}, "y"}};
}

torch::Tensor shuffled(const torch::Tensor& x) {
  return torch::stack({x.select(1, 0), x.select(1, 2), x.select(1, 1), x.select(1, 3)}, 1);
}

}  // namespace

TEST_CASE("foreign files: activations that are spelled out", "[onnx]") {
  struct Row {
    const char* name;
    std::vector<SmallNode> nodes;
    torch::Tensor (*expected)(const torch::Tensor& x);
  };
  const std::vector<SmallTensor> numbers = {number("one", 1),          number("half", 0.5),
                                            number("three", 3),        number("root", std::sqrt(2)),
                                            number("share", 0.044715), number("slope", 0.79788456)};
  const std::vector<Row> rows = {
      {"GELU",
       {{"Div", {"x", "root"}, "a"},
        {"Erf", {"a"}, "b"},
        {"Add", {"b", "one"}, "c"},
        {"Mul", {"x", "c"}, "d"},
        {"Mul", {"d", "half"}, "y"}},
       [](const torch::Tensor& x) { return torch::gelu(x); }},
      {"GELU, half first",
       {{"Mul", {"x", "half"}, "h"},
        {"Div", {"x", "root"}, "a"},
        {"Erf", {"a"}, "b"},
        {"Add", {"one", "b"}, "c"},
        {"Mul", {"h", "c"}, "y"}},
       [](const torch::Tensor& x) { return torch::gelu(x); }},
      {"GELU by tanh",
       {{"Pow", {"x", "three"}, "a"},
        {"Mul", {"a", "share"}, "b"},
        {"Add", {"x", "b"}, "c"},
        {"Mul", {"c", "slope"}, "d"},
        {"Tanh", {"d"}, "e"},
        {"Add", {"e", "one"}, "f"},
        {"Mul", {"x", "f"}, "g"},
        {"Mul", {"g", "half"}, "y"}},
       [](const torch::Tensor& x) { return torch::gelu(x, "tanh"); }},
      {"GELU as one node",
       {{"Gelu", {"x"}, "y"}},
       [](const torch::Tensor& x) { return torch::gelu(x); }},
      {"GELU by tanh as one node",
       {{"Gelu", {"x"}, "y", {}, {}, {{"approximate", "tanh"}}}},
       [](const torch::Tensor& x) { return torch::gelu(x, "tanh"); }},
      {"Mish as one node",
       {{"Mish", {"x"}, "y"}},
       [](const torch::Tensor& x) { return torch::mish(x); }},
      {"Mish",
       {{"Softplus", {"x"}, "a"}, {"Tanh", {"a"}, "b"}, {"Mul", {"x", "b"}, "y"}},
       [](const torch::Tensor& x) { return torch::mish(x); }},
      {"swish by a division",
       {{"Neg", {"x"}, "a"},
        {"Exp", {"a"}, "b"},
        {"Add", {"b", "one"}, "c"},
        {"Div", {"x", "c"}, "y"}},
       [](const torch::Tensor& x) { return torch::silu(x); }},
      {"a number divided by what is computed",
       {{"Exp", {"x"}, "a"}, {"Div", {"three", "a"}, "y"}},
       [](const torch::Tensor& x) { return 3 / x.exp(); }},
      {"a difference, its root and logarithm",
       {{"Exp", {"x"}, "a"},
        {"Sub", {"x", "a"}, "b"},
        {"Abs", {"b"}, "c"},
        {"Sqrt", {"c"}, "d"},
        {"Log", {"d"}, "y"}},
       [](const torch::Tensor& x) { return (x - x.exp()).abs().sqrt().log(); }},
      {"ELU", {{"Elu", {"x"}, "y"}}, [](const torch::Tensor& x) { return torch::elu(x); }},
      {"the logarithm of softmax",
       {{"LogSoftmax", {"x"}, "y", {{"axis", 1}}}},
       [](const torch::Tensor& x) { return torch::log_softmax(x, 1); }},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Result<OnnxModel> model = readNodes(row.nodes, numbers);
    if (!model) FAIL(model.error().message);
    CHECK(difference(*model, row.expected(input())) < 1e-5F);
  }
}

TEST_CASE("foreign files: shuffled channels, of constant sizes and of computed ones", "[onnx]") {
  const torch::Tensor expected = shuffled(input());
  const auto constant = readNodes(shuffle(), {whole("groups", {2, 2, 2, kHeight, kWidth}),
                                              whole("back", {2, kChannels, kHeight, kWidth})});
  if (!constant) FAIL(constant.error().message);
  CHECK(difference(*constant, expected) == 0);

  std::vector<SmallNode> nodes = {{"Shape", {"x"}, "s"},
                                  {"Gather", {"s", "0"}, "n"},
                                  {"Gather", {"s", "1"}, "c"},
                                  {"Gather", {"s", "2"}, "h"},
                                  {"Gather", {"s", "3"}, "w"},
                                  {"Div", {"c", "two"}, "each"},
                                  {"Concat", {"n", "two", "each", "h", "w"}, "groups"},
                                  {"Concat", {"n", "c", "h", "w"}, "back"}};
  for (const SmallNode& node : shuffle()) nodes.push_back(node);
  const auto computed = readNodes(nodes, {whole("0", {0}), whole("1", {1}), whole("2", {2}),
                                          whole("3", {3}), whole("two", {2})});
  if (!computed) FAIL(computed.error().message);
  CHECK(difference(*computed, expected) == 0);
}

TEST_CASE("foreign files: auto_pad with a stride, where the stride divides, and refused elsewhere",
          "[onnx]") {
  // A window of 3 after one of 2 without padding, each over `side` pixels.
  const auto read = [](int side, const std::string& rule, const Dims& stride, bool windowBefore) {
    const std::string text = std::to_string(side);
    samples::SmallOnnx file{.inputs = {{"x", {"1", "1", text, text}}},
                            .outputs = {{"y", {"1", "2", "H", "W"}}}};
    if (windowBefore) {
      file.nodes.push_back({"Conv", {"x", "two"}, "a", {}, {{"kernel_shape", {2, 2}}}});
      file.tensors.push_back({"two", {1, 1, 2, 2}, {1, 0, 0, 0}});
    }
    file.nodes.push_back({"Conv",
                          {windowBefore ? "a" : "x", "three"},
                          "y",
                          {},
                          {{"kernel_shape", {3, 3}}, {"strides", stride}},
                          {{"auto_pad", rule}}});
    std::vector<float> weights;
    for (int i = 0; i < 18; ++i) weights.push_back(static_cast<float>(i % 7) - 3);
    file.tensors.push_back({"three", {2, 1, 3, 3}, weights});
    const OnnxFacts facts = inspectOnnx(file.bytes()).value();
    Manifest manifest = draftManifest(facts, imageInterface(facts).value());
    return readOnnx(file.bytes(manifest));
  };
  for (const bool upper : {true, false}) {
    for (const auto& [side, stride] : {std::pair(64, 2), std::pair(36, 2), std::pair(63, 3)}) {
      INFO(side << " by " << stride << (upper ? ", upper" : ", lower"));
      const auto model = read(side, upper ? "SAME_UPPER" : "SAME_LOWER", {stride, stride}, false);
      if (!model) FAIL(model.error().message);
      const torch::Tensor x = torch::rand({1, 1, side, side});
      // What ONNX adds, by its own formula: max(0, (ceil(in / stride) - 1) * stride + 3 - in).
      const int all = std::max(0, ((side + stride - 1) / stride - 1) * stride + 3 - side);
      const int less = all / 2, before = upper ? less : all - less;
      const torch::Tensor padded =
          torch::constant_pad_nd(x, {before, all - before, before, all - before});
      std::vector<float> weights = model->weights.begin()->second.values;
      Executor net(model->graph, 1);
      REQUIRE(net.load(model->weights));
      net.eval();
      const torch::Tensor expected =
          torch::conv2d(padded, torch::tensor(weights).view({2, 1, 3, 3}), {}, stride);
      const torch::Tensor given = net.forward(x)[0];
      REQUIRE(given.sizes() == expected.sizes());
      CHECK((given - expected).abs().max().item<float>() < 1e-5F);
    }
    const auto refused = [&](int side, int stride, bool windowBefore) {
      const auto model =
          read(side, upper ? "SAME_UPPER" : "SAME_LOWER", {stride, stride}, windowBefore);
      return model ? "" : model.error().message;
    };
    CHECK_THAT(refused(64, 2, true), ContainsSubstring("does not divide an extent of 63"));
    CHECK_THAT(refused(64, 3, false), ContainsSubstring("a stride of 3 that does not divide"));
    CHECK(refused(65, 2, true).empty());
  }
}

TEST_CASE("foreign files: what only looks like a shuffle or a power is refused", "[onnx]") {
  const auto refused = [](const std::vector<SmallNode>& nodes,
                          const std::vector<SmallTensor>& tensors) {
    const Result<OnnxModel> model = readNodes(nodes, tensors);
    return model ? "" : model.error().message;
  };
  const SmallTensor groups = whole("groups", {2, 2, 2, kHeight, kWidth}),
                    back = whole("back", {2, kChannels, kHeight, kWidth});
  CHECK_THAT(refused(shuffle({0, 2, 1, 4, 3}), {groups, back}),
             ContainsSubstring("transposes groups of channels otherwise than a shuffle does"));
  CHECK_THAT(refused(shuffle(), {groups, whole("back", {2, kChannels, kWidth, kHeight})}),
             ContainsSubstring("reshapes groups of channels to something else"));
  CHECK_THAT(refused(shuffle(), {whole("groups", {2, 3, 2, kHeight, kWidth}), back}),
             ContainsSubstring("reshapes to what is no groups of channels"));
  CHECK_THAT(refused(shuffle(), {whole("groups", {-1, 2, 2, kHeight, kWidth}), back}),
             ContainsSubstring("reshapes to what is no groups of channels"));  // of other images
  CHECK_THAT(refused({{"Reshape", {"x", "groups"}, "g"}, {"Relu", {"g"}, "y"}}, {groups}),
             ContainsSubstring("computes on groups of channels"));
  CHECK_THAT(refused({{"Pow", {"x", "x"}, "y"}}, {}),
             ContainsSubstring("must have one constant exponent"));
}

TEST_CASE("foreign files: what would compute something else, or never end, is refused", "[onnx]") {
  const auto refused = [](const std::vector<SmallNode>& nodes,
                          const std::vector<SmallTensor>& tensors = {}) {
    const Result<OnnxModel> model = readNodes(nodes, tensors);
    return model ? "" : model.error().message;
  };
  const SmallTensor square{"s", {kChannels, kChannels, 1, 1}, std::vector<float>(16, 0.5F)};
  CHECK_THAT(
      refused({{"Transpose", {"s"}, "t", {}, {{"perm", {1, 0, 2, 3}}}}, {"Conv", {"x", "t"}, "y"}},
              {square}),
      ContainsSubstring("transposes a constant"));
  const SmallTensor scales{"scales", {4}, {1, 1, 0.5F, 0.5F}};
  const auto resize = [&](const char* attribute, const char* text) {
    SmallNode node{"Resize", {"x", "", "scales"}, "y", {}, {}, {{"mode", "linear"}}};
    if (text) {
      node.texts.push_back({attribute, text});
    } else {
      node.attributes.push_back({attribute, 1});
    }
    return refused({node}, {scales});
  };
  CHECK_THAT(resize("antialias", nullptr), ContainsSubstring("smooths what it makes smaller"));
  CHECK_THAT(resize("keep_aspect_ratio_policy", "not_larger"),
             ContainsSubstring("keeps the sides' ratio"));
  CHECK_THAT(refused({{"Cast", {"x"}, "i", {{"to", kOnnxInt64}}},
                      {"Cast", {"i"}, "y", {{"to", kOnnxFloat}}}}),
             ContainsSubstring("makes whole numbers of values"));
  CHECK_THAT(refused({{"Identity", {"a"}, "a"}, {"Add", {"x", "a"}, "y"}}),
             ContainsSubstring("reads 'a', which nothing before it gives"));
  CHECK_THAT(refused({{"Identity", {"a"}, "b"}, {"Dropout", {"b"}, "a"}, {"Add", {"x", "a"}, "y"}}),
             ContainsSubstring("reads 'a', which nothing before it gives"));
  CHECK_THAT(refused({{"Relu", {"x"}, "y"}, {"Relu", {"x"}, "y"}}),
             ContainsSubstring("gives 'y', which is there already"));
  CHECK_THAT(refused({{"ConvTranspose", {"x", "s"}, "t", {{"group", 2'000'000'000}}},
                      {"Mul", {"t", "half"}, "y"}},
                     {square, number("half", 0.5)}),
             ContainsSubstring("has 2000000000 groups of channels"));
}

TEST_CASE("foreign files: nodes in any order are one network", "[onnx]") {
  const auto model = readNodes({{"Add", {"a", "b"}, "y"},
                                {"Sigmoid", {"a"}, "b"},
                                {"Identity", {"r"}, "a"},
                                {"Relu", {"x"}, "r"}},
                               {});
  if (!model) FAIL(model.error().message);
  const torch::Tensor rectified = torch::relu(input());
  CHECK(difference(*model, rectified + torch::sigmoid(rectified)) < 1e-6F);
}

TEST_CASE("foreign files: one constant in two places of a node, and under a long name", "[onnx]") {
  const Dims each{kChannels};
  const std::string longName(300, 'w'), odd = "n\xc3\xa4" + longName;
  std::vector<float> weights(16);
  for (int i = 0; i < 16; ++i) weights[i] = static_cast<float>(i % 5) - 2;
  const auto model = readNodes({{"BatchNormalization", {"x", "one", "zero", "zero", "one"}, odd},
                                {"Conv", {odd, longName}, "y"}},
                               {{"one", each, std::vector<float>(kChannels, 1)},
                                {"zero", each, std::vector<float>(kChannels, 0)},
                                {longName, {kChannels, kChannels, 1, 1}, weights}});
  if (!model) FAIL(model.error().message);
  const torch::Tensor normed = input() / std::sqrt(1 + 1e-5);
  CHECK(difference(*model, torch::conv2d(normed, torch::tensor(weights).view({4, 4, 1, 1}))) <
        1e-5F);
}
