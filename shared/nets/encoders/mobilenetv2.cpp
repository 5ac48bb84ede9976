// MobileNetV2: Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted Residuals and Linear
// Bottlenecks", CVPR 2018. Layers, parameter names and initial values are torchvision's.
#include "shared/nets/encoders/mobilenetv2.h"

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct MobilenetV2Options {
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    describeOutputStride(v, outputStride);
    describeClassifier(v, classifier);
  }
};

struct Mobilenetv2Stage {
  int expansion, channels, blocks, stride;
};
constexpr Mobilenetv2Stage kMobilenetv2Stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2},
                                                   {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2},
                                                   {6, 320, 1, 1}};

// The features are the last of each size.
Features buildMobilenetV2(Builder& b, const EncoderWish& wish, const MobilenetV2Options& options) {
  const auto start = b.initialised({.weight = Init::kaimingNormalFanOut});
  Strides strides(strideOf(options.outputStride, wish), 2);
  Features features;
  ValueId x = -1;
  {
    const auto scope = b.scope("features");
    int index = 0;
    x = convNormRelu6(b, b.input(), std::to_string(index++),
                      {.out = 32, .kernel = 3, .stride = 2, .padding = 1});
    Strides::Step step{2, 1, 2};
    features.push_back({x, b.channels(x), step.reached});
    for (const Mobilenetv2Stage& stage : kMobilenetv2Stages) {
      if (stage.stride == 2) step = strides.next(2);
      for (int i = 0; i < stage.blocks; ++i) {
        x = invertedResidual(b, x, std::to_string(index++),
                             {.expansion = stage.expansion,
                              .out = stage.channels,
                              .stride = i == 0 && stage.stride == 2 ? step.stride : 1,
                              .dilation = step.dilation});
      }
      if (stage.stride == 2) features.emplace_back();
      features.back() = {x, b.channels(x), step.reached};
    }
    x = convNormRelu6(b, x, std::to_string(index), {.out = 1280});
    features.back() = {x, b.channels(x), step.reached};
  }
  if (options.classifier) classifyImages(b, x, "classifier.1", kLinearStart);
  return features;
}

}  // namespace

ValueId convNormRelu6(Builder& b, ValueId x, const std::string& name, const ConvOptions& options) {
  return b.relu6(convNorm(b, x, name + ".0", name + ".1", options), name + ".2");
}

ValueId invertedResidual(Builder& b, ValueId x, const std::string& name,
                         const InvertedResidual& block) {
  const auto scope = b.scope(name + ".conv");
  const std::int64_t in = b.channels(x), hidden = in * block.expansion;
  int index = 0;
  ValueId y = x;
  if (block.expansion != 1) y = convNormRelu6(b, y, std::to_string(index++), {.out = hidden});
  y = convNormRelu6(b, y, std::to_string(index++),
                    {.out = hidden,
                     .kernel = 3,
                     .stride = block.stride,
                     .padding = block.dilation,
                     .dilation = block.dilation,
                     .groups = hidden});
  y = convNorm(b, y, std::to_string(index), std::to_string(index + 1), {.out = block.out});
  return block.stride == 1 && in == block.out ? b.add(y, x, "sum") : y;
}

std::vector<EncoderRow> mobilenetV2Rows() {
  return {{.name = "mobilenet_v2",
           .summary = "MobileNetV2 (Sandler et al., CVPR 2018)",
           .options = MobilenetV2Options{},
           .build = typed<buildMobilenetV2>}};
}

}  // namespace limbus
