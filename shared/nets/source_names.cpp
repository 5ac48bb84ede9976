#include "shared/nets/source_names.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

namespace limbus {
namespace {

// Of Reagan1311/DABNet, by the paper's first author, and of tetelias/openeds, which narrowed it.
const std::vector<NameRewrite>& dabnet() {
  static const std::vector<NameRewrite> rewrites = {
      {"init_conv.", "init."},
      {"bn_prelu_1.", "cat0."},
      {"bn_prelu_2.", "cat1."},
      {"bn_prelu_3.", "cat2."},
      {"downsample_1.conv3x3.", "down1."},
      {"downsample_2.conv3x3.", "down2."},
      {"downsample_", "down"},
      {"DAB_Block_1.DAB_Module_1_", "block1."},
      {"DAB_Block_2.DAB_Module_2_", "block2."},
      {"Seg_Block_1.Seg_Module_1_", "block1."},
      {"Seg_Block_2.Seg_Module_2_", "block2."},
      {"bn_relu_1.", "pre."},
      {"bn_relu_2.", "post."},
      {".ddconv3x1.", ".wide.vertical."},
      {".ddconv1x3.", ".wide.horizontal."},
      {".dconv3x1.", ".local.vertical."},
      {".dconv1x3.", ".local.horizontal."},
      {".conv3x3.", ".reduce."},
      {".conv1x1.conv.", ".expand."},
      {"classifier.0.conv.", "classifier."},
      {".bn_prelu.", "."},
      {".bn.", ".norm."},
      {".acti.", ".act."},
  };
  return rewrites;
}

// Of mmsegmentation, whose stem has no biases.
const std::vector<NameRewrite>& ddrnet() {
  static const std::vector<NameRewrite> rewrites = {
      {"backbone.stem.0.conv.", "conv1.0."},
      {"backbone.stem.0.bn.", "conv1.1."},
      {"backbone.stem.1.conv.", "conv1.3."},
      {"backbone.stem.1.bn.", "conv1.4."},
      {"backbone.stem.2.", "layer1."},
      {"backbone.stem.4.", "layer2."},
      {"backbone.context_branch_layers.0.", "layer3."},
      {"backbone.context_branch_layers.1.", "layer4."},
      {"backbone.context_branch_layers.2.", "layer5."},
      {"backbone.spatial_branch_layers.0.", "layer3_."},
      {"backbone.spatial_branch_layers.1.", "layer4_."},
      {"backbone.spatial_branch_layers.2.", "layer5_."},
      {".conv1.conv.", ".conv1."},
      {".conv1.bn.", ".bn1."},
      {".conv2.conv.", ".conv2."},
      {".conv2.bn.", ".bn2."},
      {".conv3.conv.", ".conv3."},
      {".conv3.bn.", ".bn3."},
      {"backbone.compression_1.conv.", "compression3.0."},
      {"backbone.compression_1.bn.", "compression3.1."},
      {"backbone.compression_2.conv.", "compression4.0."},
      {"backbone.compression_2.bn.", "compression4.1."},
      {"backbone.down_1.conv.", "down3.0."},
      {"backbone.down_1.bn.", "down3.1."},
      {"backbone.down_2.0.conv.", "down4.0."},
      {"backbone.down_2.0.bn.", "down4.1."},
      {"backbone.down_2.1.conv.", "down4.3."},
      {"backbone.down_2.1.bn.", "down4.4."},
      {"backbone.spp.scales.0.bn.", "spp.scale0.0."},
      {"backbone.spp.scales.0.conv.", "spp.scale0.2."},
      {"backbone.spp.processes.", "spp.process", 1},
      {"backbone.spp.scales.", "spp.scale"},
      {".1.bn.", ".1."},
      {".1.conv.", ".3."},
      {"backbone.spp.", "spp."},
      {"decode_head.head.0.bn.", "final_layer.bn1."},
      {"decode_head.head.0.conv.", "final_layer.conv1."},
      {"decode_head.head.1.", "final_layer.bn2."},
      {"decode_head.conv_seg.", "final_layer.conv2."},
      {"decode_head.aux_head.0.bn.", "seghead_extra.bn1."},
      {"decode_head.aux_head.0.conv.", "seghead_extra.conv1."},
      {"decode_head.aux_head.1.", "seghead_extra.bn2."},
      {"decode_head.aux_cls_seg.", "seghead_extra.conv2."},
      {".bn.", ".0."},
      {".conv.", ".2."},
  };
  return rewrites;
}

// Of mmsegmentation's PSPHead.
const std::vector<NameRewrite>& pspnet() {
  static const std::vector<NameRewrite> rewrites = {
      {"decode_head.bottleneck.conv.", "master_branch.0.bottleneck.0."},
      {"decode_head.bottleneck.bn.", "master_branch.0.bottleneck.1."},
      {"decode_head.conv_seg.", "master_branch.1."},
      {"decode_head.psp_modules.", "master_branch.0.stages."},
      {".1.conv.", ".1."},
      {".1.bn.", ".2."},
  };
  return rewrites;
}

// Of selimsef/xview2_solution, over ResNet and SE networks; the second of its stages begins with a
// pool.
const std::vector<NameRewrite>& scseUnet() {
  static const std::vector<NameRewrite> rewrites = {
      {"encoder_stages.0.0.", "encoder.conv1."}, {"encoder_stages.0.1.", "encoder.bn1."},
      {"encoder_stages.0.", "encoder.layer0."},  {"encoder_stages.1.1.", "encoder.layer1."},
      {"encoder_stages.", "encoder.layer"},
  };
  return rewrites;
}

// Of yassouali/pytorch-segmentation, as the next three; there, too, VGG's own classifier is the
// start of fc6 and fc7.
const std::vector<NameRewrite>& fcn8s() {
  static const std::vector<NameRewrite> rewrites = {
      {"classifier.0.", "fc6."},   {"classifier.3.", "fc7."},
      {"adj_pool3.", "score3."},   {"adj_pool4.", "score4."},
      {"pool3.", "features."},     {"pool4.", "features.", 17},
      {"pool5.", "features.", 24}, {"score3.", "score_pool3."},
      {"score4.", "score_pool4."}, {"up_pool4_out.", "upscore_pool4."},
      {"up_output.", "upscore2."}, {"up_final.", "upscore8."},
      {"output.0.", "fc6."},       {"output.3.", "fc7."},
      {"output.6.", "score_fr."},
  };
  return rewrites;
}

const std::vector<NameRewrite>& segnet() {
  static const std::vector<NameRewrite> rewrites = {
      {"stage1_encoder.", "encoder.features."},
      {"stage2_encoder.", "encoder.features.", 7},
      {"stage3_encoder.", "encoder.features.", 14},
      {"stage4_encoder.", "encoder.features.", 24},
      {"stage5_encoder.", "encoder.features.", 34},
      {"stage5_decoder.6.", "classifier."},
      {"stage", "decoder.stage"},
      {"_decoder.", "."},
  };
  return rewrites;
}

const std::vector<NameRewrite>& segresnet() {
  static const std::vector<NameRewrite> rewrites = {
      {"encoder.", "encoder.layer", 1},
      {"first_conv.0.", "encoder.conv1."},
      {"first_conv.1.", "encoder.bn1."},
  };
  return rewrites;
}

// There its first step up is the coarsest.
const std::vector<NameRewrite>& unet() {
  static const std::vector<NameRewrite> rewrites = {
      {"up1.up_conv.", "up4.convs."},
      {"up2.up_conv.", "up3.convs."},
      {"up3.up_conv.", "up2.convs."},
      {"up4.up_conv.", "up1.convs."},
      {"up1.up.", "up4.deconv."},
      {"up2.up.", "up3.deconv."},
      {"up3.up.", "up2.deconv."},
      {"up4.up.", "up1.deconv."},
      {".down_conv.", "."},
      {"middle_conv.", "middle."},
      {"final_conv.", "classifier."},
      {".0.", ".conv1."},
      {".1.", ".norm1."},
      {".3.", ".conv2."},
      {".4.", ".norm2."},
  };
  return rewrites;
}

// Of ternaus/TernausNet, whose encoder is the features of torchvision's VGG.
const std::vector<NameRewrite>& ternausnet() {
  static const std::vector<NameRewrite> rewrites = {{"encoder.", "encoder.features."}};
  return rewrites;
}

struct Source {
  std::string_view net;
  const std::vector<NameRewrite>& (*rewrites)();
};
constexpr Source kSources[] = {
    {"dabnet", dabnet},       {"ddrnet", ddrnet},         {"fcn8s", fcn8s},
    {"pspnet", pspnet},       {"scse-unet", scseUnet},    {"segnet", segnet},
    {"segresnet", segresnet}, {"ternausnet", ternausnet}, {"unet", unet},
};

// `at`: where the number starts, if there is one.
void addToNumber(std::string& name, std::size_t at, unsigned shift) {
  unsigned number = 0;
  const char* first = name.data() + at;
  const auto [end, error] = std::from_chars(first, name.data() + name.size(), number);
  if (error != std::errc()) return;
  name.replace(at, static_cast<std::size_t>(end - first), std::to_string(number + shift));
}

}  // namespace

const std::vector<NameRewrite>& sourceNames(std::string_view net) {
  static const std::vector<NameRewrite> none;
  const auto* source = std::find_if(std::begin(kSources), std::end(kSources),
                                    [&](const Source& each) { return each.net == net; });
  return source == std::end(kSources) ? none : source->rewrites();
}

std::string rewritten(std::string name, const std::vector<NameRewrite>& rewrites) {
  for (const NameRewrite& rewrite : rewrites) {
    const std::string_view from = rewrite.from, to = rewrite.to;
    for (std::size_t at = 0; (at = name.find(from, at)) != std::string::npos; at += to.size()) {
      name.replace(at, from.size(), to);
      if (rewrite.shift != 0) addToNumber(name, at + to.size(), rewrite.shift);
    }
  }
  return name;
}

}  // namespace limbus
