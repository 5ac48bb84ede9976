// Rules for nodes of other exporters: what they take, however it is written, and what means
// something else than what is nearest to it here, which they refuse.
#include "own_onnx.h"

using namespace limbus;
using samples::integers;
using samples::Lists;
using samples::SmallNode;
using samples::SmallTensor;
using samples::Texts;

namespace {

void checkRefused(const std::vector<samples::Refused>& rows) {
  samples::checkRefused(samples::refusalOf, rows, "4");
}

SmallNode of(const char* type, std::vector<std::string> more = {}, Lists lists = {},
             Texts texts = {}) {
  more.insert(more.begin(), "x");
  return {type, std::move(more), "y", {}, std::move(lists), std::move(texts)};
}

SmallNode with(const char* attribute, int value, SmallNode node) {
  node.attributes.emplace_back(attribute, value);
  return node;
}

// A node whose first input is a vector of the four channels.
std::vector<SmallNode> ofVector(SmallNode node) {
  node.inputs[0] = "v";
  return {{"GlobalAveragePool", {"x"}, "g"}, {"Flatten", {"g"}, "v"}, std::move(node)};
}

const SmallNode kPixels{"Transpose", {"x"}, "t", {}, {{"perm", {0, 2, 3, 1}}}};

}  // namespace

TEST_CASE("foreign files: resizes by other rules are refused", "[onnx]") {
  const SmallTensor twice{"k", {4}, {1, 1, 2, 2}};
  const auto resize = [](Texts texts) { return of("Resize", {"", "k"}, {}, std::move(texts)); };
  const char* const place = "coordinate_transformation_mode";
  checkRefused(
      {{"by the rule half_pixel, floor", {resize({{"nearest_mode", "floor"}})}, {twice}},
       {"by the rule asymmetric, round_prefer_floor", {resize({{place, "asymmetric"}})}, {twice}},
       {"by the rule align_corners, floor",
        {resize({{place, "align_corners"}, {"nearest_mode", "floor"}})},
        {twice}},
       {"by the rule half_pixel, round_prefer_floor",  // to a size, which may be no whole factor
        {of("Resize", {"", "", "k"})},
        {integers("k", {1, 4, 64, 64})}},
       {"resizes by the rule cubic, half_pixel", {resize({{"mode", "cubic"}})}, {twice}},
       {"resizes by the rule linear, asymmetric",
        {resize({{"mode", "linear"}, {place, "asymmetric"}})},
        {twice}},
       {"smooths what it makes smaller", {with("antialias", 1, resize({}))}, {twice}},
       {"states sizes of some axes only",
        {of("Resize", {"", "k"}, {{"axes", {2, 3}}})},
        {{"k", {2}, {2, 2}}}},
       {"resizes by factors that are computed", {{"Relu", {"x"}, "r"}, of("Resize", {"", "r"})}}});
}

TEST_CASE("foreign files: windows of other kinds are refused", "[onnx]") {
  const SmallTensor weight{"w", {4, 4, 1, 1}, std::vector<float>(16, 1)};
  const Lists kernel{{"kernel_shape", {2, 2}}};
  const auto window = [&](const char* name, const Dims& values) {
    Lists lists = kernel;
    lists.emplace_back(name, values);
    return lists;
  };
  checkRefused(
      {{"works on other dimensions", {of("Conv", {"w"}, {{"strides", {1}}})}, {weight}},
       {"works on other dimensions", {of("MaxPool", {}, {{"kernel_shape", {2}}})}},
       {"pads by an unknown rule", {of("Conv", {"w"}, {}, {{"auto_pad", "SAME"}})}, {weight}},
       {"must have constant weights of four", {of("Conv", {"x"})}},
       {"must have constant weights of four",
        {of("Conv", {"w"})},
        {{"w", {4, 4, 1}, std::vector<float>(16, 1)}}},
       {"has 0 groups of channels", {with("group", 0, of("Conv", {"w"}))}, {weight}},
       {"states its output's size",
        {of("ConvTranspose", {"w"}, {{"output_shape", {64, 64}}})},
        {weight}},
       {"states its output's size",
        {of("ConvTranspose", {"w"}, {}, {{"auto_pad", "SAME_LOWER"}})},
        {weight}},
       {"pads unevenly", {of("ConvTranspose", {"w"}, {{"pads", {0, 0, 1, 0}}})}, {weight}},
       {"pads unevenly", {of("ConvTranspose", {"w"}, {{"pads", {0, 0, 0, 1}}})}, {weight}},
       {"pools with a dilation", {of("MaxPool", {}, window("dilations", {1, 2}))}},
       {"averages over uneven padding", {of("AveragePool", {}, window("pads", {0, 0, 0, 1}))}}});
}

TEST_CASE("foreign files: paddings and cuts of other kinds are refused", "[onnx]") {
  const SmallTensor pads = integers("p", {0, 0, 1, 1, 0, 0, 1, 1});
  const auto cut = [](const Dims& from, const Dims& to, const Dims& axes, const Dims& steps = {}) {
    std::vector<SmallTensor> tensors{integers("f", from), integers("t", to), integers("a", axes)};
    if (!steps.empty()) tensors.push_back(integers("s", steps));
    return tensors;
  };
  const SmallNode slice = of("Slice", {"f", "t", "a"}), stepped = of("Slice", {"f", "t", "a", "s"});
  checkRefused(
      {{"pads with what is computed", {of("Pad", {"p", "x"})}, {pads}},
       {"pads by numbers that are computed", {of("Pad", {"x"})}},
       {"pads by numbers that are computed", {of("Pad", {"p"})}, {integers("p", {1, 1, 1, 1})}},
       {"pads by another rule", {of("Pad", {"p"}, {}, {{"mode", "reflect"}})}, {pads}},
       {"pads by less than nothing",
        {of("Pad", {"p"})},
        {integers("p", {0, 0, 1, 1, 0, 0, 1, -1})}},
       {"cuts at places that are computed", {of("Slice", {"x", "t", "a"})}, cut({1}, {-1}, {2})},
       {"cuts at places that are computed", {slice}, cut({1}, {-1}, {2, 3})},
       {"leaves out pixels between others", {stepped}, cut({1}, {-1}, {2}, {2})},
       {"cuts other axes than height", {slice}, cut({1, 1}, {-1, -1}, {1, 2})},
       {"cuts at a fixed row or column", {slice}, cut({-5}, {-1}, {2})},
       {"cuts at a fixed row or column", {slice}, cut({1}, {5}, {3})},
       {"leaves no channels", {slice}, cut({4}, {9}, {1})},
       {"leaves no channels", {slice}, cut({2}, {-2}, {1})}});
}

TEST_CASE("foreign files: channels taken apart, normalised and reshaped otherwise are refused",
          "[onnx]") {
  const SmallTensor two{"a", {2}, {1, 1}}, four{"b", {4}, {1, 1, 1, 1}};
  const auto split = [](std::vector<std::string> more = {}) {
    return with("axis", 1, of("Split", std::move(more)));
  };
  const auto groups = [](int count, std::vector<std::string> more) {
    return with("num_groups", count, of("GroupNormalization", std::move(more)));
  };
  const SmallNode toShape = of("Reshape", {"k"});
  const char* const otherGroups = "has groups that do not divide the channels, or scales of";
  const char* const neither = "reshapes to what is neither groups of channels nor a vector";
  checkRefused({{"takes other axes than the channels apart", {of("Split")}},
                {"takes other axes than the channels apart", {with("axis", 2, of("Split"))}},
                {"takes channels apart by numbers that are computed", {split({"x"})}},
                {"takes apart more channels", {split({"k"})}, {integers("k", {5})}},
                {"takes apart more channels", {split({"k"})}, {integers("k", {0})}},
                {"needs a scale and a shift", {groups(2, {"a"})}, {two}},
                {"must have constant scales", {groups(2, {"a", "x"})}, {two}},
                {"must have constant scales", {groups(2, {"a", "b"})}, {two, four}},
                {otherGroups, {groups(3, {"b", "b"})}, {four}},
                {otherGroups, {groups(0, {"b", "b"})}, {four}},
                {otherGroups, {groups(1, {"a", "a"})}, {two}},
                {"reshapes to what is computed", {of("Reshape", {"x"})}},
                {neither, {toShape}, {integers("k", {0, 2, 5})}},
                {neither, {toShape}, {integers("k", {2, 2, -1})}},
                {neither, {toShape}, {integers("k", {0, -1, 2})}},
                {"reshapes a vector to more", ofVector(toShape), {integers("k", {1, 1, 2, 2})}},
                {"reshapes a vector to more", ofVector(toShape), {integers("k", {1, 2, 2, 1})}}});
}

TEST_CASE("foreign files: axes and constants that lie otherwise are refused", "[onnx]") {
  const SmallTensor number{"k", {}, {1}}, four{"k", {4}, {1, 1, 1, 1}};
  const auto join = [](int axis, std::vector<std::string> more) {
    return with("axis", axis, of("Concat", std::move(more)));
  };
  const SmallNode norm = of("BatchNormalization", {"k", "k", "k", "k"});
  const char* const neither = "takes constants that are neither one number nor one per channel";
  checkRefused(
      {{"is a constant of another kind",
        {{"Constant", {}, "k", {}, {}, {{"value_string", "a"}}}, of("Add", {"k"})}},
       {"makes whole numbers of values", {with("to", 7, of("Cast"))}},
       {"of another rank than images have", {of("Transpose", {}, {{"perm", {0, 2, 1}}})}},
       {"transposes axes that do not exist", {of("Transpose", {}, {{"perm", {0, 1, 2, 4}}})}},
       {"takes away other axes", {of("Squeeze", {}, {{"axes", {0}}})}},
       {"takes away other axes",  // a channel, but not of the last value
        {{"Squeeze", {"x"}, "s", {}, {{"axes", {1}}}}, {"Relu", {"s"}, "y"}}},
       {"normalises as in training", {with("training_mode", 1, norm)}, {four}},
       {"normalises as in training", {with("spatial", 0, norm)}, {four}},
       {"needs two inputs", {of("Pow")}},
       {"must have one constant exponent", {of("Pow", {"x"})}},
       {"must have one constant exponent", {of("Pow", {"k"})}, {four}},
       {"must have constant slopes", {of("PRelu", {"x"})}},
       {"must have one slope per channel", {of("PRelu", {"k"})}, {{"k", {1, 1, 4}, {1, 1, 1, 1}}}},
       {"must have slopes that are floats", {of("PRelu", {"k"})}, {integers("k", {1})}},
       {"joins values that lie differently", {kPixels, join(1, {"t"})}},
       {"joins a constant to what is computed", {join(1, {"k"})}, {{"k", {1, 1, 1, 1}, {1}}}},
       {"joins along another axis", {join(2, {"x"})}},
       {"joins along another axis", {join(-4, {"x"})}},
       {"needs two inputs", {of("Add")}},
       {"takes values that lie differently", {kPixels, of("Add", {"t"})}},
       {"takes constants that are no floats", {of("Add", {"k"})}, {integers("k", {1})}},
       {neither, {of("Add", {"k"})}, {four}},  // along the width
       {neither, {of("Add", {"k"})}, {{"k", {3, 1, 1}, {1, 1, 1}}}},
       {"averages over other axes", {of("ReduceMean", {}, {{"axes", {1}}})}},
       {"averages over other axes", {of("ReduceMean", {}, {{"axes", {1, 2, 3}}})}},
       {"averages over other axes",
        {kPixels, {"ReduceMean", {"t"}, "y", {{"keepdims", 0}}, {{"axes", {1, 2}}}}}},
       {"is taken over more than the channels", {of("Softmax")}},
       {"is taken over more than the channels", {with("axis", 2, of("Softmax"))}},
       {"is taken over more than the channels", {with("axis", 1, of("Softmax"))}, {}, 11},
       {"is taken along another axis", {with("axis", 2, of("ArgMax"))}},
       {"is taken along another axis",
        {with("select_last_index", 1, with("axis", 1, of("ArgMax")))}}});
}

TEST_CASE("foreign files: vectors are of one pixel's channels alone", "[onnx]") {
  const SmallTensor matrix{"m", {4, 4}, std::vector<float>(16, 1)};
  const char* const product = "multiplies other things than a vector of channels";
  checkRefused({{"makes a vector of more than one pixel", {of("Flatten")}},
                {"makes one list of several images", {with("axis", 0, of("Flatten"))}},
                {"adds other axes", {of("Unsqueeze", {}, {{"axes", {2, 3}}})}},
                {"adds other axes", ofVector(of("Unsqueeze", {}, {{"axes", {0, 3}}}))},
                {product, {of("Gemm", {"m"})}, {matrix}},
                {product, ofVector(of("Gemm", {"x"}))},
                {product, ofVector(of("Gemm", {"m"})), {{"m", {4}, {1, 1, 1, 1}}}},
                {"does not take the channels of its vector",
                 ofVector(of("Gemm", {"m"})),
                 {{"m", {3, 4}, std::vector<float>(12, 1)}}},
                {"adds what is not a constant", ofVector(of("Gemm", {"m", "x"})), {matrix}},
                {"adds what is not a constant",
                 ofVector(of("Gemm", {"m", "b"})),
                 {matrix, {"b", {2}, {1, 1}}}},
                {"takes a vector and planes", ofVector(of("Mul", {"x"}))},
                {"takes a constant and a vector", ofVector(of("Mul", {"k"})), {{"k", {}, {1}}}},
                {"computes on a vector", ofVector(with("axis", 1, of("Softmax")))}});
}

TEST_CASE("foreign files: axes count from either end", "[onnx]") {
  for (const int end : {0, -4}) {
    INFO("axes from " << end);
    const auto axes = [&](Dims counted) {
      for (std::int64_t& axis : counted) axis += end;
      return counted;
    };
    const auto refusal = [](std::vector<SmallNode> nodes, std::vector<SmallTensor> tensors = {}) {
      return samples::refusalOf(samples::fileOf(std::move(nodes), std::move(tensors), "4"));
    };
    const auto cut = [&](const Dims& from, const Dims& to, const Dims& along) {
      return std::vector<SmallTensor>{integers("f", from), integers("t", to),
                                      integers("a", axes(along))};
    };
    CHECK(refusal({{"Slice", {"x", "f", "t", "a"}, "h"},
                   {"Concat", {"h", "h"}, "y", {{"axis", 1 + end}}}},
                  cut({0}, {2}, {1})) == "");
    CHECK(refusal({of("Slice", {"f", "t", "a"})}, cut({1, 1}, {-1, -1}, {2, 3})) == "");
    CHECK(refusal({with("axis", 1 + end, of("Split"))}) == "");
    CHECK(refusal({with("axis", 1 + end, of("Softmax"))}) == "");
    CHECK(refusal({of("ReduceMean", {}, {{"axes", axes({2, 3})}})}) == "");
    CHECK(refusal({{"Transpose", {"x"}, "t", {}, {{"perm", axes({0, 2, 3, 1})}}},
                   {"Relu", {"t"}, "r"},
                   {"Transpose", {"r"}, "y", {}, {{"perm", axes({0, 3, 1, 2})}}}}) == "");
    CHECK(refusal(ofVector(of("Unsqueeze", {}, {{"axes", axes({2, 3})}}))) == "");
    CHECK(refusal({{"GlobalAveragePool", {"x"}, "g"},
                   {"Squeeze", {"g"}, "v", {}, {{"axes", axes({2, 3})}}},
                   {"Unsqueeze", {"v"}, "y", {}, {{"axes", {2, 3}}}}}) == "");
  }
}
