// What a row reads of a node is what it writes; all else is refused, not taken for something near.
#include "own_onnx.h"

using namespace limbus;
using samples::fileOf;
using samples::integers;
using samples::Lists;
using samples::refusalOfOurs;
using samples::SmallNode;
using samples::SmallTensor;
using samples::Texts;

namespace {

void checkUnread(const std::vector<samples::Refused>& rows, const std::string& channels = "1") {
  samples::checkRefused(refusalOfOurs, rows, channels);
}

Lists rowWindow(const Dims& pads = {0, 0, 0, 0}) {
  return {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}, {"pads", pads}};
}

SmallNode rowConv(const Dims& pads = {0, 0, 0, 0}) {
  Lists lists = rowWindow(pads);
  lists.push_back({"dilations", {1, 1}});
  return {"Conv", {"x", "w"}, "y", {}, lists};
}

SmallNode rowDeconv() {
  SmallNode node = rowConv();
  node.type = "ConvTranspose";
  node.lists.push_back({"output_padding", {0, 0}});
  return node;
}

const Texts kLinear{{"mode", "linear"}};

}  // namespace

TEST_CASE("our own files: a node without the input that it is about is refused", "[onnx]") {
  checkUnread({{"is no end of a norm of groups",
                {{"Shape", {}, "s"},
                 {"Concat", {"k", "s"}, "c"},
                 {"Reshape", {"x", "c"}, "g"},
                 {"Transpose", {"g"}, "t"},
                 {"Reshape", {"t", "s"}, "y"}},
                {{"k", {3}, {}, {0, 1, -1}}}},
               {"parameter name '' is empty", {{"PRelu", {"x"}, "y"}}, {{"", {1, 1, 1}, {0.5F}}}},
               {"has 0 inputs, needs 1", {{"Relu", {}, "y"}}},
               {"reads 'q', which no earlier node computes", {{"Relu", {"q"}, "y"}}}});
}

TEST_CASE("our own files: weights are numbers of the file, in four dimensions", "[onnx]") {
  checkUnread(
      {{"weight must have 4 dimensions, got [1,1,2]", {rowDeconv()}, {{"w", {1, 1, 2}, {1, 1}}}},
       {"weight must have 4 dimensions, got [1,1,2]", {rowConv()}, {{"w", {1, 1, 2}, {1, 1}}}},
       {"input 1 must be an initializer, got 'w'", {{"Relu", {"x"}, "w"}, rowConv()}},
       {"parameter 'w' must be float, got int64", {rowConv()}, {{"w", {1, 1, 1, 1}, {}, {1}}}},
       {"pads [0,1,1,1] differ between the two ends",
        {rowConv({0, 1, 1, 1})},
        {{"w", {1, 1, 2, 2}, {1, 1, 1, 1}}}},
       {"pads [1,0,1,1] differ between the two ends",
        {rowConv({1, 0, 1, 1})},
        {{"w", {1, 1, 2, 2}, {1, 1, 1, 1}}}},
       {"has too many parameters",
        {{"Conv", {"x", "w", "b", "b"}, "y", {}, rowWindow()}},
        {{"w", {1, 1, 2, 2}, {1, 1, 1, 1}}, {"b", {1}, {1}}}},
       {"attribute 'kernel_shape' must be 2 whole numbers",
        {{"Conv", {"x", "w"}, "y"}},
        {{"w", {1, 1, 1, 1}, {1}}}},
       {"slopes must be [C,1,1], got [1]", {{"PRelu", {"x", "w"}, "y"}}, {{"w", {1}, {1}}}},
       {"slopes must be [C,1,1], got [1,1,2]",
        {{"PRelu", {"x", "w"}, "y"}},
        {{"w", {1, 1, 2}, {1, 1}}}},
       {"input 1 must be an initializer, got 'x'", {{"PRelu", {"x", "x"}, "y"}}}});
}

TEST_CASE("our own files: numbers beside a value are constants", "[onnx]") {
  const SmallTensor two{"k", {2}, {1, 2}};
  checkUnread({{"'k' must be 1 numbers", {{"Mul", {"x", "k"}, "y"}}, {two}},
               {"'x' must be a constant", {{"Pow", {"x", "x"}, "y"}}},
               {"'x' must be a constant", {{"Clip", {"x", "x", "k"}, "y"}}, {{"k", {}, {1}}}},
               {"'x' must be a constant", {{"Clip", {"x", "k", "x"}, "y"}}, {{"k", {}, {1}}}},
               {"alpha must be 1/6 and beta 1/2", {{"HardSigmoid", {"x"}, "y"}}}});
}

TEST_CASE("our own files: channels are joined, taken and shuffled, no other axis", "[onnx]") {
  const auto take = [](const Dims& channels) { return integers("k", channels); };
  const auto pixels = [](const char* mode) {
    return SmallNode{"DepthToSpace", {"x"}, "y", {{"blocksize", 2}}, {}, {{"mode", mode}}};
  };
  checkUnread(
      {{"must join channels (axis 1)", {{"Concat", {"x", "x"}, "y", {{"axis", 2}}}}},
       {"must be taken over the channels (axis 1)", {{"Softmax", {"x"}, "y", {{"axis", 2}}}}},
       {"must be an initializer, got 'x'", {{"Gather", {"x", "x"}, "y", {{"axis", 1}}}}}});
  checkUnread({{"must take channels (axis 1)",
                {{"Gather", {"x", "k"}, "y", {{"axis", 2}}}},
                {take({0, 1})}},
               {"must take channels that stand beside each other",
                {{"Gather", {"x", "k"}, "y", {{"axis", 1}}}},
                {take({0, 2})}},
               {"must take channels that stand beside each other",
                {{"Gather", {"x", "k"}, "y", {{"axis", 1}}}},
                {take({1, 0})}},
               {"must take a pixel's values from neighbours (mode CRD)", {pixels("DCR")}}},
              "4");

  const auto shuffle = [](const Dims& order, const char* like) {
    return std::vector<SmallNode>{{"Shape", {"x"}, "s", {{"start", 2}}},
                                  {"Concat", {"k", "s"}, "c", {{"axis", 0}}},
                                  {"Reshape", {"x", "c"}, "g"},
                                  {"Transpose", {"g"}, "t", {}, {{"perm", order}}},
                                  {"Relu", {"x"}, "r"},
                                  {"Shape", {like}, "whole"},
                                  {"Reshape", {"t", "whole"}, "y"}};
  };
  const Dims swap{0, 2, 1, 3, 4};
  const std::string ends = "is no end of a norm of groups or of a shuffle of channels",
                    other = "reshapes to something else than groups of channels";
  CHECK(refusalOfOurs(fileOf(shuffle(swap, "x"), {take({0, 2, -1})}, "4")).empty());
  checkUnread({{ends, shuffle({0, 1, 2, 3, 4}, "x"), {take({0, 2, -1})}},
               {ends, shuffle(swap, "r"), {take({0, 2, -1})}},
               {other, shuffle(swap, "x"), {take({1, 2, -1})}},
               {other, shuffle(swap, "x"), {take({0, 0, -1})}},
               {other, shuffle(swap, "x"), {take({0, 2, 2})}},
               {"'k' must be 3 whole numbers", shuffle(swap, "x"), {take({0, 2})}}},
              "4");
}

TEST_CASE("our own files: pools and what undoes them", "[onnx]") {
  const auto unpool = [](Lists lists) {
    return SmallNode{"MaxUnpool", {"x", "x", "x"}, "y", {}, std::move(lists)};
  };
  const auto einsum = [](const char* equation, const char* rows, const char* columns) {
    return std::vector<SmallNode>{
        {"Shape", {"x"}, "s", {{"start", 2}}},
        {"Div", {"s", "k"}, "bins"},
        {"Einsum", {"x", rows, columns}, "y", {}, {}, {{"equation", equation}}}};
  };
  const char* const ours = "nchw,hi,wj->ncij";
  const SmallTensor bins{"k", {1}, {}, {2}};
  checkUnread(
      {{"input 2 must be computed from the size of a value", {unpool(rowWindow())}},
       {"attribute 'kernel_shape' must be 2 whole numbers", {unpool({})}},
       {"attribute 'strides' must be 2 whole numbers", {unpool({{"kernel_shape", {2, 2}}})}},
       {"attribute 'pads' must be 4 whole numbers", {unpool(rowWindow({0, 0}))}},
       {"must average over bins, as adaptive pooling is written",
        einsum("nchw,hi,wj->ncji", "bins", "bins"),
        {bins}},
       {"input 1 must be computed with a constant number", einsum(ours, "x", "bins"), {bins}},
       {"input 2 must be computed with a constant number", einsum(ours, "bins", "x"), {bins}},
       {"pads [0,0,1,0] differ between the two ends",
        {{"MaxPool", {"x"}, "y", {}, rowWindow({0, 0, 1, 0})}}}});
}

TEST_CASE("our own files: sizes change by whole factors or to those of a value", "[onnx]") {
  const auto resize = [](Texts rule) {
    return SmallNode{"Resize", {"x", "", "k"}, "y", {}, {}, std::move(rule)};
  };
  const auto scales = [](float height, float width) {
    return SmallTensor{"k", {4}, {1, 1, height, width}};
  };
  const std::string unknown = "resizes by an unknown rule",
                    place = "coordinate_transformation_mode",
                    whole = "scales must be whole numbers in [1,1024]";
  CHECK(
      refusalOfOurs(
          fileOf({resize({{"mode", "nearest"}, {place, "asymmetric"}, {"nearest_mode", "floor"}})},
                 {scales(2, 2)}))
          .empty());
  checkUnread(
      {{unknown, {resize({{"mode", "cubic"}})}, {scales(2, 2)}},
       {unknown, {resize({{"mode", "linear"}, {place, "asymmetric"}})}, {scales(2, 2)}},
       {unknown, {resize({{"mode", "nearest"}, {"nearest_mode", "floor"}})}, {scales(2, 2)}},
       {unknown, {resize({{"mode", "nearest"}, {place, "asymmetric"}})}, {scales(2, 2)}},
       {whole, {resize(kLinear)}, {scales(1.5F, 2)}},
       {whole, {resize(kLinear)}, {scales(2, 0)}},
       {whole, {resize(kLinear)}, {scales(2, 2048)}},
       {"'k' must be 4 numbers", {resize(kLinear)}, {{"k", {2}, {2, 2}}}},
       {"input 3 must be computed from the size of a value",
        {{"Resize", {"x", "", "", "x"}, "y", {}, {}, kLinear}}},
       {"input 3 must be computed from the size of a value",  // batch and channels too
        {{"Shape", {"x"}, "s"}, {"Resize", {"x", "", "", "s"}, "y", {}, {}, kLinear}}}});
}

TEST_CASE("our own files: sides are cut and padded, as those rows say it", "[onnx]") {
  const SmallTensor from = integers("from", {1, 1}), to = integers("to", {-1, -1}),
                    axes = integers("axes", {2, 3});
  const SmallNode slice{"Slice", {"x", "from", "to", "axes"}, "y"};
  const auto pad = [](const char* mode) {
    return SmallNode{"Pad", {"x", "pads", "value"}, "y", {}, {}, {{"mode", mode}}};
  };
  const SmallTensor value{"value", {}, {0.5F}};
  const std::string some = "must pad height, width and the end of the channels only";
  CHECK(refusalOfOurs(fileOf({slice}, {from, to, axes})).empty());
  checkUnread(
      {{"must cut height and width (axes 2 and 3)", {slice}, {from, to, integers("axes", {1, 2})}},
       {"must cut height and width (axes 2 and 3)", {slice}, {from, to, integers("axes", {3})}},
       {"must count its ends from the end", {slice}, {from, integers("to", {-1, 5}), axes}},
       {"'from' must be 2 whole numbers", {slice}, {integers("from", {1}), to, axes}},
       {"'to' must be 2 whole numbers", {slice}, {from, integers("to", {-1}), axes}},
       {"input 2 must be computed from the size of a value",
        {{"Slice", {"x", "from", "x", "axes"}, "y"}},
        {from, axes}},
       {"input 2 must be computed from the size of a value",
        {{"Slice", {"x", "x", "to", "axes"}, "y"}},
        {to, axes}},
       {"must pad with a constant",
        {pad("reflect")},
        {integers("pads", {0, 0, 1, 1, 0, 0, 1, 1}), value}},
       {"'pads' must be 8 whole numbers",
        {pad("constant")},
        {integers("pads", {1, 1, 1, 1}), value}},
       {"'value' must be a constant",
        {pad("constant")},
        {integers("pads", {0, 0, 1, 1, 0, 0, 1, 1})}},
       {some, {pad("constant")}, {integers("pads", {1, 0, 0, 0, 0, 0, 0, 0}), value}},
       {some, {pad("constant")}, {integers("pads", {0, 1, 0, 0, 0, 0, 0, 0}), value}},
       {some, {pad("constant")}, {integers("pads", {0, 0, 0, 0, 1, 0, 0, 0}), value}}});
}

TEST_CASE("our own files: names and fixed sizes", "[onnx]") {
  const auto resized = [](const Dims& size) { return SmallTensor{"k", {4}, {}, size}; };
  const SmallNode resize{"Resize", {"x", "", "", "k"}, "y", {}, {}, kLinear};
  const SmallNode named{"Relu", {"x"}, "y"}, again{"Sigmoid", {"x"}, "y"};
  CHECK(refusalOfOurs(fileOf({resize}, {resized({1, 1, 64, 96})})).empty());
  checkUnread(
      {{"resizes [1,1,32,32] to 64x33, no whole factor", {resize}, {resized({1, 1, 64, 33})}},
       {"resizes [1,1,32,32] to 33x32, no whole factor", {resize}, {resized({1, 1, 33, 32})}},
       {"scale must be in [1,1024], got [0,1]", {resize}, {resized({1, 1, 0, 32})}},
       {"scale must be in [1,1024], got [1,-1]", {resize}, {resized({1, 1, 32, -32})}},
       {"resizes to a constant size in a file of any size", {resize}, {{"k", {2}, {}, {64, 64}}}},
       {"is computed twice", {named, again}},
       {"is computed twice", {{"Relu", {"x"}, "x"}, named}},
       {"is computed by no node", {{"Relu", {"x"}, "z"}}},
       {"cannot be read back; known: ", {{"Mystery", {"x"}, "y"}}}});
}
