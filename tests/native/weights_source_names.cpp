// What the networks' authors and mmsegmentation call layers, a few of each kind, brought to ours:
// those of sources that no package holds, and what must not be taken for something of ours.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "native/weights/weight_fit.h"

using namespace limbus;

namespace {

struct NamePair {
  std::string theirs, ours;
};

// Every tensor lies at the start of one storage.
WeightFile fileOf(const std::vector<std::pair<std::string, Dims>>& tensors) {
  static const std::vector<float> values(std::size_t{1} << 23);
  WeightFile file{"made", {{"", {}}}, nullptr};
  for (const auto& [name, shape] : tensors) {
    file.groups[0].tensors.push_back(
        {name, StoredTensor{Element::float32,
                            shape,
                            denseStrides(shape),
                            0,
                            {reinterpret_cast<const char*>(values.data()), values.size() * 4}}});
  }
  return file;
}

// Each name is taken for the one beside it, and for no other.
void checkNames(const char* net, const char* options, const std::vector<NamePair>& pairs) {
  INFO(net << " " << options);
  const Graph graph = buildNet(net, {3, 21}, options).value();
  for (const NamePair& pair : pairs) {
    INFO(pair.theirs);
    const auto parameter = std::find_if(graph.parameters.begin(), graph.parameters.end(),
                                        [&](const Parameter& p) { return p.name == pair.ours; });
    REQUIRE(parameter != graph.parameters.end());
    const WeightFit fit = fitWeights(fileOf({{pair.theirs, parameter->shape}}), graph).value();
    CHECK(fit.unexpected.empty());
    CHECK(fit.misshapen.empty());
    CHECK(fit.weights.count(pair.ours) == 1);
  }
}

}  // namespace

TEST_CASE("source names: yassouali's networks over ResNet and Xception") {
  const std::vector<NamePair> stem{
      {"backbone.layer0.0.weight", "encoder.conv1.weight"},
      {"backbone.layer0.1.running_var", "encoder.bn1.running_var"},
      {"module.backbone.layer3.22.conv2.weight", "encoder.layer3.22.conv2.weight"},
      {"ASSP.aspp2.0.weight", "ASSP.aspp2.0.weight"},
      {"decoder.output.7.bias", "decoder.output.7.bias"},
  };
  checkNames("deeplabv3plus", R"({"encoder": "resnet101"})", stem);
  checkNames("duc-hdc", "{}", stem);
  checkNames("deeplabv3plus", "{}",
             {{"backbone.block20.rep.1.pointwise.weight", "encoder.block20.rep.1.pointwise.weight"},
              {"backbone.bn5.running_mean", "encoder.bn5.running_mean"}});
  checkNames("upernet", "{}",
             {{"backbone.initial.0.weight", "encoder.conv1.weight"},
              {"backbone.initial.1.bias", "encoder.bn1.bias"},
              {"PPN.stages.0.1.weight", "PPN.stages.0.1.weight"},
              {"FPN.smooth_conv.0.bias", "FPN.smooth_conv.0.bias"}});
  checkNames("gcn", "{}",
             {{"backbone.initial.0.weight", "encoder.conv1.weight"},
              {"backbone.layer4.2.bn3.weight", "encoder.layer4.2.bn3.weight"},
              {"gcn1.conv11.weight", "gcn1.conv11.weight"}});
  checkNames("pspnet", "{}",
             {{"initial.0.weight", "encoder.conv1.weight"},
              {"initial.1.weight", "encoder.bn1.weight"},
              {"layer1.0.conv1.weight", "encoder.layer1.0.conv1.weight"},
              {"auxiliary_branch.4.bias", "auxiliary_branch.4.bias"}});
  checkNames("pspnet", R"({"encoder": {"name": "resnet50", "deepStem": true}})",
             {{"initial.0.0.weight", "encoder.conv1.0.weight"},
              {"initial.0.4.running_mean", "encoder.conv1.4.running_mean"},
              {"initial.0.6.weight", "encoder.conv1.6.weight"},
              {"initial.1.weight", "encoder.bn1.weight"}});
  checkNames("segresnet", "{}",
             {{"first_conv.0.weight", "encoder.conv1.weight"},
              {"first_conv.1.bias", "encoder.bn1.bias"},
              {"encoder.0.0.conv1.weight", "encoder.layer1.0.conv1.weight"},
              {"encoder.3.0.downsample.0.weight", "encoder.layer4.0.downsample.0.weight"}});
}

TEST_CASE("source names: yassouali's PSPNet over DenseNet") {
  checkNames(
      "pspnet", R"({"encoder": "densenet121"})",
      {{"block0.0.weight", "encoder.features.conv0.weight"},
       {"block0.1.bias", "encoder.features.norm0.bias"},
       {"block1.denselayer6.conv2.weight", "encoder.features.denseblock1.denselayer6.conv2.weight"},
       {"block2.denselayer1.norm1.weight", "encoder.features.denseblock2.denselayer1.norm1.weight"},
       {"block3.denselayer24.conv1.weight",
        "encoder.features.denseblock3.denselayer24.conv1.weight"},
       {"block4.denselayer16.norm2.running_var",
        "encoder.features.denseblock4.denselayer16.norm2.running_var"},
       {"transition1.norm.weight", "encoder.features.transition1.norm.weight"},
       {"transition1.conv.weight", "encoder.features.transition1.conv.weight"},
       {"transition2.0.weight", "encoder.features.transition2.norm.weight"},
       {"transition2.2.weight", "encoder.features.transition2.conv.weight"},
       {"transition3.0.bias", "encoder.features.transition3.norm.bias"},
       {"transition3.2.weight", "encoder.features.transition3.conv.weight"}});
}

TEST_CASE("source names: yassouali's U-Net, SegNet and FCN-8s") {
  checkNames("unet", "{}",
             {{"down1.down_conv.0.weight", "down1.conv1.weight"},
              {"down4.down_conv.1.running_mean", "down4.norm1.running_mean"},
              {"down2.down_conv.3.bias", "down2.conv2.bias"},
              {"down3.down_conv.4.weight", "down3.norm2.weight"},
              {"middle_conv.0.weight", "middle.conv1.weight"},
              {"middle_conv.4.bias", "middle.norm2.bias"},
              {"up1.up.weight", "up4.deconv.weight"},
              {"up2.up.bias", "up3.deconv.bias"},
              {"up3.up.weight", "up2.deconv.weight"},
              {"up4.up.weight", "up1.deconv.weight"},
              {"up1.up_conv.0.weight", "up4.convs.conv1.weight"},
              {"up2.up_conv.1.weight", "up3.convs.norm1.weight"},
              {"up3.up_conv.3.weight", "up2.convs.conv2.weight"},
              {"up4.up_conv.4.bias", "up1.convs.norm2.bias"},
              {"final_conv.weight", "classifier.weight"}});
  checkNames("segnet", "{}",
             {{"stage1_encoder.0.weight", "encoder.features.0.weight"},
              {"stage1_encoder.4.running_var", "encoder.features.4.running_var"},
              {"stage2_encoder.0.weight", "encoder.features.7.weight"},
              {"stage3_encoder.6.bias", "encoder.features.20.bias"},
              {"stage4_encoder.3.weight", "encoder.features.27.weight"},
              {"stage5_encoder.7.weight", "encoder.features.41.weight"},
              {"stage1_decoder.0.weight", "decoder.stage1.0.weight"},
              {"stage4_decoder.4.bias", "decoder.stage4.4.bias"},
              {"stage5_decoder.3.weight", "decoder.stage5.3.weight"},
              {"stage5_decoder.6.weight", "classifier.weight"}});
  checkNames("fcn8s", R"({"width": 4})",
             {{"pool3.0.weight", "features.0.weight"},
              {"pool3.14.bias", "features.14.bias"},
              {"pool4.0.weight", "features.17.weight"},
              {"pool4.4.bias", "features.21.bias"},
              {"pool5.2.weight", "features.26.weight"},
              {"adj_pool3.weight", "score_pool3.weight"},
              {"adj_pool4.bias", "score_pool4.bias"},
              {"output.0.weight", "fc6.weight"},
              {"output.3.weight", "fc7.weight"},
              {"output.6.bias", "score_fr.bias"},
              {"classifier.0.weight", "fc6.weight"},  // torchvision's VGG
              {"classifier.3.bias", "fc7.bias"},
              {"up_output.weight", "upscore2.weight"},
              {"up_pool4_out.weight", "upscore_pool4.weight"},
              {"up_final.weight", "upscore8.weight"}});
}

// There the middle has eight blocks, and one conv less stands behind it.
TEST_CASE("source names: DeepLabV3+'s longer Xception begins as ImageNet's") {
  const Graph graph = buildNet("deeplabv3plus", {3, 21}, "{}").value();
  const WeightFit fit = fitWeights(fileOf({{"block1.rep.3.pointwise.weight", {128, 128, 1, 1}},
                                           {"block11.rep.1.conv1.weight", {728, 1, 3, 3}},
                                           {"block12.rep.4.pointwise.weight", {1024, 728}},
                                           {"block12.skip.weight", {1024, 728, 1, 1}},
                                           {"conv3.pointwise.weight", {1536, 1024, 1, 1}},
                                           {"bn3.running_var", {1536}},
                                           {"conv4.pointwise.weight", {2048, 1536, 1, 1}},
                                           {"bn4.bias", {2048}},
                                           {"fc.weight", {1000, 2048}}}),
                                   graph)
                            .value();
  std::set<std::string> loaded{"block1.rep.3.pointwise.weight",
                               "block11.rep.1.conv1.weight",
                               "block20.skip.weight",
                               "block20.rep.4.pointwise.weight",
                               "conv3.pointwise.weight",
                               "conv5.pointwise.weight",
                               "bn3.running_var",
                               "bn4.running_var",
                               "bn5.bias"};
  for (int i = 12; i < 20; ++i) loaded.insert("block" + std::to_string(i) + ".rep.1.conv1.weight");
  for (const std::string& name : loaded) {
    INFO(name);
    CHECK(fit.weights.count("encoder." + name) == 1);
  }
  CHECK(fit.weights.size() == loaded.size());
  CHECK(fit.unexpected == std::vector<std::string>{"fc.weight"});
  CHECK(fit.misshapen.empty());
  // One that is long already is taken as it is.
  CHECK(fitWeights(fileOf({{"backbone.block12.rep.1.conv1.weight", {728, 1, 3, 3}},
                           {"backbone.block13.rep.1.conv1.weight", {728, 1, 3, 3}}}),
                   graph)
            .value()
            .weights.size() == 2);
}

TEST_CASE("source names: TernausNet") {
  checkNames("ternausnet", "{}",
             {{"encoder.0.weight", "encoder.features.0.weight"},
              {"encoder.28.bias", "encoder.features.28.bias"},
              {"dec5.block.1.conv.weight", "dec5.block.1.conv.weight"},
              {"final.bias", "final.bias"}});
}

TEST_CASE("source names: Selim's U-Nets over SE networks and ResNeXt") {
  checkNames(
      "scse-unet", "{}",
      {{"module.encoder_stages.0.conv1.weight", "encoder.layer0.conv1.weight"},
       {"module.encoder_stages.1.1.2.se_module.fc1.bias", "encoder.layer1.2.se_module.fc1.bias"},
       {"module.encoder_stages.4.0.downsample.1.running_var",
        "encoder.layer4.0.downsample.1.running_var"},
       {"module.bottlenecks.0.seq.2.spatial_se.0.weight",
        "bottlenecks.0.seq.2.spatial_se.0.weight"},
       {"module.last_upsample.layer.1.weight", "last_upsample.layer.1.weight"}});
  checkNames("scse-unet", R"({"encoder": "resnext50_32x4d", "gates": "none"})",
             {{"encoder_stages.0.0.weight", "encoder.conv1.weight"},
              {"encoder_stages.0.1.bias", "encoder.bn1.bias"},
              {"encoder_stages.1.1.0.conv2.weight", "encoder.layer1.0.conv2.weight"},
              {"encoder_stages.3.5.bn3.weight", "encoder.layer3.5.bn3.weight"},
              {"decoder_stages.3.layer.1.bias", "decoder_stages.3.layer.1.bias"},
              {"final.0.weight", "final.0.weight"}});
}

// There a decoder block's first number is that of its first conv, whatever enlarges before it.
TEST_CASE("source names: EvgenyKashin's U-Nets over ResNet and Wider ResNet") {
  const auto named = [](const char* net, const char* options, const std::string& block,
                        const Dims& first, const Dims& second) {
    const Graph graph = buildNet(net, {3, 20}, options).value();
    const WeightFit fit =
        fitWeights(fileOf({{"module.center.block.0.conv.weight", first},
                           {"module.center.block.1" + block + ".weight", second}}),
                   graph)
            .value();
    CHECK(fit.unexpected.empty());
    CHECK(fit.misshapen.empty());
    std::set<std::string> loaded;
    for (const auto& entry : fit.weights) loaded.insert(entry.first);
    return loaded;
  };
  using Names = std::set<std::string>;
  CHECK(named("albunet", "{}", ".conv", {512, 512, 3, 3}, {256, 512, 3, 3}) ==
        Names{"center.block.1.conv.weight", "center.block.2.conv.weight"});
  CHECK(named("ternausnetv2", "{}", ".conv", {256, 512, 3, 3}, {256, 256, 3, 3}) ==
        Names{"center.block.1.conv.weight", "center.block.2.conv.weight"});
  CHECK(named("albunet", R"({"up": "deconv"})", "", {512, 512, 3, 3}, {512, 256, 4, 4}) ==
        Names{"center.block.0.conv.weight", "center.block.1.weight"});
  checkNames("albunet", "{}",
             {{"module.resnet.conv1.weight", "encoder.conv1.weight"},
              {"module.resnet.layer4.2.bn2.running_var", "encoder.layer4.2.bn2.running_var"},
              {"module.dec0.conv.bias", "dec0.conv.bias"},
              {"module.final.weight", "final.weight"}});
}

TEST_CASE("source names: what lies elsewhere is not taken for ours") {
  const auto unexpected = [](const char* net, const char* options, const std::string& name,
                             const Dims& shape) {
    const Graph graph = buildNet(net, {3, 21}, options).value();
    const WeightFit fit = fitWeights(fileOf({{name, shape}}), graph).value();
    return fit.weights.empty() && fit.unexpected == std::vector<std::string>{name};
  };
  // The last norm of a deep stem has as many channels as the only one of a plain stem.
  CHECK(unexpected("pspnet", "{}", "backbone.stem.7.weight", {64}));
  // mmsegmentation's auxiliary head is narrower, whatever its classifier's bias looks like.
  CHECK(unexpected("pspnet", "{}", "auxiliary_head.conv_seg.bias", {21}));
  // Its other heads are other networks.
  CHECK(unexpected("upernet", "{}", "decode_head.conv_seg.bias", {21}));
  CHECK(unexpected("deeplabv3plus", "{}", "decode_head.c1_bottleneck.bn.bias", {48}));
  CHECK(unexpected("fpn", "{}", "decode_head.conv_seg.bias", {21}));
  // No number, or one that no layer has.
  CHECK(unexpected("segnet", "{}", "stage2_encoder.x.bias", {128}));
  CHECK(unexpected("segnet", "{}", "stage2_encoder.99999999999.bias", {128}));
  CHECK(unexpected("fcn8s", R"({"width": 4})", "pool5.9.bias", {32}));
}
