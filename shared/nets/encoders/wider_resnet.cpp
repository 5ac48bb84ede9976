// Wider ResNet: Wu, Shen, van den Hengel, "Wider or Deeper: Revisiting the ResNet Model for Visual
// Recognition", 2016: norms and activations before the convs. Narrowed as
// EvgenyKashin/signate_segmentation has it in its TernausNetV2; parameter names are those of
// mapillary/inplace_abn.
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/output_stride.h"

namespace limbus {
namespace {

struct WiderResnetOptions {
  int width = 64;
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {4, 128}, "channels at full size; 2, 4, 6 and 8 times as many below");
    describeOutputStride(v, outputStride);
    v.flag("classifier", classifier,
           "builds the unused last stages and layer, which published counts include");
  }
};

ValueId paddedConv(Builder& b, ValueId x, const std::string& name, std::int64_t out, int kernel,
                   int dilation = 1) {
  return b.conv(
      x, name,
      {.out = out, .kernel = kernel, .padding = kernel / 2 * dilation, .dilation = dilation});
}

ValueId normLeaky(Builder& b, ValueId x, const std::string& name) {
  return b.leakyRelu(b.batchNorm(x, name), name + ".act");
}

// A projection, where channels change, reads what was normalised already.
ValueId block(Builder& b, ValueId x, const std::string& name, std::int64_t out, double dropout,
              int dilation) {
  const auto scope = b.scope(name);
  const ValueId ready = normLeaky(b, x, "bn1");
  const ValueId shortcut = b.channels(x) == out ? x : paddedConv(b, ready, "proj_conv", out, 1);
  ValueId y = normLeaky(b, paddedConv(b, ready, "convs.conv1", out, 3, dilation), "convs.bn2");
  if (dropout > 0) y = b.dropout(y, "convs.dropout", {.p = dropout, .perChannel = true});
  return b.add(paddedConv(b, y, "convs.conv2", out, 3, dilation), shortcut, "sum");
}

// Three convs, 1x1, 3x3 and 1x1, to a half, all and twice of `middle` channels.
ValueId bottleneck(Builder& b, ValueId x, const std::string& name, std::int64_t middle) {
  const auto scope = b.scope(name);
  const ValueId ready = normLeaky(b, x, "bn1");
  ValueId y = normLeaky(b, paddedConv(b, ready, "convs.conv1", middle / 2, 1), "convs.bn2");
  y = normLeaky(b, paddedConv(b, y, "convs.conv2", middle, 3), "convs.bn3");
  y = paddedConv(b, y, "convs.conv3", 2 * middle, 1);
  return b.add(y, paddedConv(b, ready, "proj_conv", 2 * middle, 1), "sum");
}

// To a single class, as TernausNetV2's source builds it and does not run it.
void classify(Builder& b, ValueId x) {
  const std::int64_t last = b.channels(x);
  x = bottleneck(b, x, "mod6.block1", 2 * last);
  x = normLeaky(b, bottleneck(b, x, "mod7.block1", 4 * last), "bn_out");
  b.conv(b.globalAvgPool(x, "fc.avg_pool"), "fc.fc", {.out = 1, .bias = true});
}

Features buildWiderResnet(Builder& b, const EncoderWish& wish, const WiderResnetOptions& options) {
  struct Stage {
    int widths, blocks;
    double dropout;
  };
  ValueId x = paddedConv(b, b.input(), "mod1.conv1", options.width, 3);
  Features features{{x, b.channels(x), 1}};
  Strides strides(strideOf(options.outputStride, wish), 1);
  for (const Stage& stage : {Stage{2, 1, 0}, Stage{4, 1, 0}, Stage{6, 1, 0.3}, Stage{8, 3, 0.3}}) {
    const std::string number = std::to_string(features.size() + 1);
    const Strides::Step step = strides.next(2);
    if (step.stride == 2) x = b.maxPool(x, "pool" + number);
    for (int i = 0; i < stage.blocks; ++i) {
      x = block(b, x, "mod" + number + ".block" + std::to_string(i + 1),
                std::int64_t{stage.widths} * options.width, stage.dropout, step.dilation);
    }
    features.push_back({x, b.channels(x), step.reached});
  }
  const Strides::Step last = strides.next(2);
  if (last.stride == 2) features.push_back({b.maxPool(x, "pool6"), b.channels(x), last.reached});
  if (options.classifier) classify(b, x);
  return features;
}

}  // namespace

std::vector<EncoderRow> widerResnetRows() {
  return {{.name = "wider_resnet",
           .summary = "Wider ResNet (Wu et al., 2016), as narrow as in TernausNetV2",
           .options = WiderResnetOptions{},
           .build = typed<buildWiderResnet>}};
}

}  // namespace limbus
