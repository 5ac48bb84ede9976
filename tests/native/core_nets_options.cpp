// Options that many networks and encoders share: gates in the decoder, classifiers that nothing
// reads, dilations.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "result_text.h"
#include "shared/graph/op.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/ops/ops.h"
#include "shared/ops/shapes.h"
#include "shared/ops/summary.h"
#include "shared/options/description.h"
#include "shared/options/json.h"
#include "shared/options/paths.h"

using namespace limbus;

namespace {

std::int64_t countOf(const char* net, const Json& options) {
  return countParameters(buildNet(net, {.inputChannels = 3}, options.dump()).value());
}

}  // namespace

// By hand, from the channels that each gate sees: 2 * C * (C / 16) + C / 16 + C for one of
// channels, C + 1 more for one of pixels.
TEST_CASE("gates are an option of decoders, and add what they weigh", "[nets]") {
  struct Row {
    const char* net;
    std::int64_t ofChannels, ofPixels;
  };
  const Row rows[] = {
      {"albunet", 28318, 998},        // 256, 256, 256, 64, 128, 32
      {"deeplabv3plus", 8464, 257},   // 256
      {"duc-hdc", 8464, 257},         // 256
      {"fpn", 25392, 771},            // three of 256
      {"linknet", 11808, 516},        // 256, 128, 64, 64
      {"pspnet", 33312, 513},         // 512
      {"ternausnet", 26134, 869},     // 256, 256, 256, 64, 32
      {"ternausnetv2", 30784, 1029},  // 256, 256, 256, 192, 64
      {"upernet", 25392, 771},        // three of 256
  };
  for (const Row& row : rows) {
    INFO(row.net);
    const std::int64_t plain = countOf(row.net, Json::object());
    CHECK(countOf(row.net, {{"attention", "none"}}) == plain);
    CHECK(countOf(row.net, {{"attention", "se"}}) == plain + row.ofChannels);
    CHECK(countOf(row.net, {{"attention", "scse"}}) == plain + row.ofChannels + row.ofPixels);
    const Graph graph = buildNet(row.net, {.inputChannels = 3}, R"({"attention": "scse"})").value();
    CHECK(inferShapes(graph, {1, 3, 61, 83}).value()[graph.outputs[0].value] == Dims{1, 4, 61, 83});
    // Every gate is read: nothing of the graph is left over.
    const std::vector<bool> needed = neededNodes(graph, true);
    CHECK(std::all_of(needed.begin(), needed.end(), [](bool is) { return is; }));
  }
}

// As torchvision, pretrainedmodels and timm publish them, of colour images and 1000 classes.
TEST_CASE("encoders with the classifier that nothing reads have their published counts", "[nets]") {
  const std::map<std::string, std::int64_t> published = {
      {"resnet18", 11689512},
      {"resnet34", 21797672},
      {"resnet50", 25557032},
      {"resnet101", 44549160},
      {"resnet152", 60192808},
      {"resnext50_32x4d", 25028904},
      {"resnext101_32x8d", 88791336},
      {"wide_resnet50_2", 68883240},
      {"se_resnet50", 28088024},
      {"se_resnet101", 49326872},
      {"se_resnet152", 66821848},
      {"se_resnext50_32x4d", 27559896},
      {"se_resnext101_32x4d", 48955416},
      {"senet154", 115088984},
      {"densenet121", 7978856},
      {"densenet161", 28681000},
      {"densenet169", 14149480},
      {"densenet201", 20013928},
      {"dpn92", 37668392},
      {"dpn98", 61570728},
      {"dpn107", 86917800},
      {"dpn131", 79254504},
      {"mobilenet_v2", 3504872},
      {"mobilenet_v3_small", 2542856},
      {"mobilenet_v3_large", 5483032},
      {"vgg11", 132863336},
      {"vgg13", 133047848},
      {"vgg16", 138357544},
      {"vgg19", 143667240},
      {"vgg11_bn", 132868840},
      {"vgg13_bn", 133053736},
      {"vgg16_bn", 138365992},
      {"vgg19_bn", 143678248},
  };
  for (const EncoderRow& row : encoders()) {
    INFO(row.name);
    const auto count = [&](bool classifier) {
      Builder b("encoder", 3);
      const auto encoder =
          chooseRow(encoders(), "encoder", row.name, {{"classifier", classifier}}, "encoder");
      const Features features = encode(b, encoder.value());
      const Graph graph = b.finish(features.back().value);
      REQUIRE(validate(graph).has_value());
      return countParameters(graph);
    };
    REQUIRE(findOption(describeOptions(row.options), "classifier") != nullptr);
    CHECK(count(true) > count(false));
    const auto known = published.find(row.name);
    if (known != published.end()) CHECK(count(true) == known->second);
  }
  // Aligned and longer than the one for ImageNet: 2048 channels to 1000 classes.
  const auto over = [](const char* name, bool classifier) {
    return Json{{"encoder", {{"name", name}, {"classifier", classifier}}}};
  };
  CHECK(countOf("deeplabv3plus", over("xception", true)) ==
        countOf("deeplabv3plus", over("xception", false)) + 2049000);
  // PSPNet reads no last norm of a DenseNet; its classifier does.
  CHECK(countOf("pspnet", over("densenet121", true)) ==
        countOf("pspnet", over("densenet121", false)) + 1025000 + 2048);
  CHECK(countParameters(
            buildNet("ternausnetv2", {3, 5}, over("wider_resnet", true).dump()).value()) ==
        71022662);
}

// 20,499,852: 9,536 of the stem, 215,808 and 1,219,584 of ResNet-50's stages, and of those with
// windows of 5 and 7, in six and three blocks, 6,286,668 and 12,768,256. Its source's never ran,
// for the stride was in the shortcuts alone.
TEST_CASE("ResNet-GCN halves in both of its paths", "[nets]") {
  Builder b("encoder", 3);
  const Features features = encode(b, chosen(encoders(), "resnet50_gcn"));
  const Graph graph = b.finish(features.back().value);
  CHECK(countParameters(graph) == 20499852);
  const auto shapes = inferShapes(graph, {1, 3, 61, 83}).value();
  CHECK(shapes[features[3].value] == Dims{1, 1024, 4, 6});
  CHECK(shapes[features[4].value] == Dims{1, 2048, 2, 3});
}

// Its source's answer is twice as large as the image there: it enlarges four times instead of
// twice.
TEST_CASE("DUC answers at the image's size at either output stride", "[nets]") {
  for (const char* encoder : {"resnet50", "mobilenet_v2"}) {
    for (const int stride : {4, 8}) {
      const Json options = {{"encoder", encoder}, {"outputStride", stride}};
      const Graph graph = buildNet("duc-hdc", {3, 4}, options.dump()).value();
      for (const Dims& size : {Dims{1, 3, 64, 96}, Dims{1, 3, 61, 83}}) {
        CHECK(inferShapes(graph, size).value()[graph.outputs[0].value] ==
              Dims{1, 4, size[2], size[3]});
      }
      for (const Node& node : graph.nodes) {
        if (node.name != "decoder.join") continue;
        const Dims fine = inferShapes(graph, {1, 3, 64, 96}).value()[node.outputs[0]];
        CHECK(fine == Dims{1, 48 + 256, 128 / stride, 192 / stride});
      }
    }
  }
  // A last conv and norm of 4 * 4 channels instead of 4 * 16.
  CHECK(countOf("duc-hdc", {{"outputStride", 4}}) == 69173796 - 4 * 48 - 2 * 48);
  CHECK_FALSE(buildNet("duc-hdc", {}, R"({"outputStride": 6})").has_value());
}

TEST_CASE("a ResNet's deep stem has the width that is asked for", "[nets]") {
  const auto encoder = [](const Json& options) {
    Json all = {{"name", "resnet18"}};
    all.update(options);
    return Json{{"encoder", all}};
  };
  const std::int64_t plain = countOf("upernet", encoder({{"deepStem", true}}));
  CHECK(countOf("upernet", encoder({{"deepStem", true}, {"stemWidth", 128}})) == plain);
  // Half as wide: three convs, their norms, and the first conv that reads them.
  const int convs = 3 * 9 * 32 + 9 * (64 * 64 - 32 * 32) + 9 * (64 * 128 - 32 * 64);
  const int norms = 2 * (32 + 32 + 64), reader = 9 * 64 * 64, shortcut = 128 * 64 + 2 * 64;
  CHECK(countOf("upernet", encoder({{"deepStem", true}, {"stemWidth", 64}})) ==
        plain - convs - norms - reader - shortcut);
  for (const Json& wrong : {Json{{"stemWidth", 64}}, Json{{"deepStem", true}, {"stemWidth", 7}}}) {
    CHECK_FALSE(buildNet("upernet", {}, encoder(wrong).dump()).has_value());
  }
}

// The dilations of the 3x3 convs of the blocks of one stage, in order.
TEST_CASE("hybrid dilations leave no grid, in both published forms", "[nets]") {
  const auto dilations = [](const char* form, const std::string& stage) {
    const Json options = {{"dilations", form}};
    const Graph graph = buildNet("duc-hdc", {.inputChannels = 3}, options.dump()).value();
    std::vector<std::int64_t> found;
    for (const Node& node : graph.nodes) {
      const bool ofStage = node.name.find("encoder." + stage + ".") == 0;
      const bool window = node.op == Op::conv && NodeView{graph, node}.extent("kernel").h == 3;
      if (ofStage && window) found.push_back(NodeView{graph, node}.extent("dilation").h);
    }
    return found;
  };
  using Numbers = std::vector<std::int64_t>;
  CHECK(dilations("hybrid", "layer3") ==
        Numbers{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 2, 2});
  CHECK(dilations("hybrid", "layer4") == Numbers{3, 4, 5});
  CHECK(dilations("wide", "layer3") ==
        Numbers{1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5});
  CHECK(dilations("wide", "layer4") == Numbers{5, 9, 17});
}
