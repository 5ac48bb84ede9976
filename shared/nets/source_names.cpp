#include "shared/nets/source_names.h"

namespace limbus {
namespace {

// Of Reagan1311/DABNet, by the paper's first author.
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

// Of yassouali/pytorch-segmentation.
const std::vector<NameRewrite>& segresnet() {
  static const std::vector<NameRewrite> rewrites = {
      {"first_conv.0.", "encoder.conv1."}, {"first_conv.1.", "encoder.bn1."},
      {"encoder.0.", "encoder.layer1."},   {"encoder.1.", "encoder.layer2."},
      {"encoder.2.", "encoder.layer3."},   {"encoder.3.", "encoder.layer4."},
  };
  return rewrites;
}

}  // namespace

const std::vector<NameRewrite>& sourceNames(std::string_view net) {
  static const std::vector<NameRewrite> none;
  if (net == "dabnet") return dabnet();
  return net == "segresnet" ? segresnet() : none;
}

std::string rewritten(std::string name, const std::vector<NameRewrite>& rewrites) {
  for (const NameRewrite& rewrite : rewrites) {
    const std::string_view from = rewrite.from, to = rewrite.to;
    for (std::size_t at = 0; (at = name.find(from, at)) != std::string::npos; at += to.size()) {
      name.replace(at, from.size(), to);
    }
  }
  return name;
}

}  // namespace limbus
