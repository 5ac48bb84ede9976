// SE-ResNet, SE-ResNeXt and SENet-154: Hu, Shen, Albanie, Sun, Wu, "Squeeze-and-Excitation
// Networks", CVPR 2018. Layers, parameter names and initial values are those of pretrainedmodels,
// whose weights come from Caffe: the stem's pool rounds up instead of padding.
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

enum class SenetBlock { resnet, resnext, senet };

struct SenetOptions {
  int blocks[4];
  SenetBlock block = SenetBlock::resnext;
  int groups = 32;
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    describeOutputStride(v, outputStride);
    describeClassifier(v, classifier);
  }
};

constexpr int kSenetExpansion = 4, kSenetReduction = 16;

struct SenetBlockOptions {
  std::int64_t planes;
  int stride, dilation;
  bool wideSkip;  // SENet-154's shortcuts are 3x3 where a stage begins, except in the first
};

// What stands before the third conv. Caffe's ResNet has the stride in the first.
ValueId inner(Builder& b, ValueId x, const SenetBlockOptions& block, const SenetOptions& options) {
  const std::int64_t planes = block.planes;
  const int stride = block.stride, dilation = block.dilation;
  switch (options.block) {
    case SenetBlock::resnet:
      x = convNormRelu(b, x, "conv1", "bn1", {.out = planes, .stride = stride});
      return convNormRelu(b, x, "conv2", "bn2", threeByThree(planes, 1, dilation));
    case SenetBlock::resnext:
      x = convNormRelu(b, x, "conv1", "bn1", {.out = 2 * planes});
      return convNormRelu(b, x, "conv2", "bn2",
                          threeByThree(2 * planes, stride, dilation, options.groups));
    case SenetBlock::senet:
      break;
  }
  x = convNormRelu(b, x, "conv1", "bn1", {.out = 2 * planes});
  return convNormRelu(b, x, "conv2", "bn2",
                      threeByThree(4 * planes, stride, dilation, options.groups));
}

ValueId gated(Builder& b, ValueId x) {
  const auto scope = b.scope("se_module");
  const std::int64_t channels = b.channels(x);
  ValueId gate = b.globalAvgPool(x, "avg_pool");
  gate = b.relu(b.conv(gate, "fc1", {.out = channels / kSenetReduction, .bias = true}), "relu");
  gate = b.sigmoid(b.conv(gate, "fc2", {.out = channels, .bias = true}), "sigmoid");
  return b.mul(x, gate, "gated");
}

ValueId residual(Builder& b, ValueId x, const std::string& name, const SenetBlockOptions& block,
                 const SenetOptions& options) {
  const auto scope = b.scope(name);
  const std::int64_t out = kSenetExpansion * block.planes;
  ValueId y = inner(b, x, block, options);
  y = gated(b, convNorm(b, y, "conv3", "bn3", {.out = out}));
  if (b.channels(x) != out) {
    ConvOptions skip{.out = out, .stride = block.stride};
    if (block.wideSkip) skip = threeByThree(out, block.stride, block.dilation);
    x = convNorm(b, x, "downsample.0", "downsample.1", skip);
  }
  return b.relu(b.add(y, x, "sum"), "act");
}

ValueId stem(Builder& b, const SenetOptions& options) {
  const auto scope = b.scope("layer0");
  if (options.block != SenetBlock::senet) {
    return convNormRelu(b, b.input(), "conv1", "bn1",
                        {.out = 64, .kernel = 7, .stride = 2, .padding = 3});
  }
  ValueId x = convNormRelu(b, b.input(), "conv1", "bn1", threeByThree(64, 2));
  x = convNormRelu(b, x, "conv2", "bn2", threeByThree(64, 1));
  return convNormRelu(b, x, "conv3", "bn3", threeByThree(128, 1));
}

Features buildSenet(Builder& b, const EncoderWish& wish, const SenetOptions& options) {
  ValueId x = stem(b, options);
  Features features{{x, b.channels(x), 2}};
  x = b.maxPool(x, "pool", {.kernel = 3, .stride = 2, .ceil = true});
  Strides strides(strideOf(options.outputStride, wish), 4);
  for (int stage = 0; stage < 4; ++stage) {
    const auto scope = b.scope("layer" + std::to_string(stage + 1));
    const Strides::Step step = strides.next(stage == 0 ? 1 : 2);
    for (int i = 0; i < options.blocks[stage]; ++i) {
      x = residual(b, x, std::to_string(i),
                   {.planes = std::int64_t{64} << stage,
                    .stride = i == 0 ? step.stride : 1,
                    .dilation = step.dilation,
                    .wideSkip = options.block == SenetBlock::senet && stage > 0},
                   options);
    }
    features.push_back({x, b.channels(x), step.reached});
  }
  if (options.classifier) classifyImages(b, x, "last_linear");
  return features;
}

EncoderRow senetRow(const char* name, const char* summary, SenetOptions options) {
  return {.name = name, .summary = summary, .options = options, .build = typed<buildSenet>};
}

}  // namespace

std::vector<EncoderRow> senetRows() {
  return {
      senetRow("se_resnet50", "SE-ResNet (Hu et al., CVPR 2018), 50 layers",
               {{3, 4, 6, 3}, SenetBlock::resnet, 1}),
      senetRow("se_resnet101", "SE-ResNet, 101 layers", {{3, 4, 23, 3}, SenetBlock::resnet, 1}),
      senetRow("se_resnet152", "SE-ResNet, 152 layers", {{3, 8, 36, 3}, SenetBlock::resnet, 1}),
      senetRow("se_resnext50_32x4d", "SE-ResNeXt, 50 layers of 32 groups", {{3, 4, 6, 3}}),
      senetRow("se_resnext101_32x4d", "SE-ResNeXt, 101 layers of 32 groups", {{3, 4, 23, 3}}),
      senetRow("senet154", "SENet-154; large", {{3, 8, 36, 3}, SenetBlock::senet, 64}),
  };
}

}  // namespace limbus
