// ResNet: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, with the stride in
// the 3x3 convs of the bottlenecks; ResNeXt: Xie et al., CVPR 2017; Wide ResNet: Zagoruyko and
// Komodakis, BMVC 2016. Layers, parameter names and initial values are torchvision's. ResNet-GCN:
// Peng et al., "Large Kernel Matters", CVPR 2017, whose last two stages see large windows; names
// are those of yassouali/pytorch-segmentation.
#include "shared/nets/encoders/resnet.h"

#include <algorithm>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct ResnetOptions {
  int blocks[4];
  bool bottleneck = true;
  int groups = 1;
  int widthPerGroup = 64;  // of a bottleneck's 3x3 conv, where the block has 64 channels
  int width = 64;
  bool largeWindows = false;  // in the last two stages
  bool deepStem = false;
  int stemWidth = 0;
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {8, 256}, "channels of the first stage; doubled at each of three more");
    v.flag("deepStem", deepStem, "three 3x3 convs instead of one of 7x7");
    v.whole("stemWidth", stemWidth, {0, 512},
            "channels of a deep stem, half as many before its last conv; 0: twice the width");
    v.require(stemWidth == 0 || deepStem, "stemWidth", "is of a deep stem: say deepStem too");
    v.require(stemWidth % 2 == 0, "stemWidth", "expected an even number");
    describeOutputStride(v, outputStride);
    describeClassifier(v, classifier);
  }
};

constexpr Initialisation kResnetStart{.weight = Init::kaimingNormalFanOut};

struct ResnetBlock {
  std::int64_t channels;  // of the 3x3 convs, before widening
  int stride, dilation;
  int second;  // dilation of a basic block's second conv
};

ValueId basicConvs(Builder& b, ValueId x, const ResnetBlock& block, const ResnetOptions&) {
  x = convNormRelu(b, x, "conv1", "bn1",
                   threeByThree(block.channels, block.stride, block.dilation));
  return convNorm(b, x, "conv2", "bn2", threeByThree(block.channels, 1, block.second));
}

constexpr int kResnetExpansion = 4;

ValueId narrowedConvs(Builder& b, ValueId x, const ResnetBlock& block,
                      const ResnetOptions& options) {
  const std::int64_t inner = block.channels * options.widthPerGroup / 64 * options.groups;
  x = convNormRelu(b, x, "conv1", "bn1", {.out = inner});
  ConvOptions conv = threeByThree(inner, block.stride, block.dilation);
  conv.groups = options.groups;
  x = convNormRelu(b, x, "conv2", "bn2", conv);
  return convNorm(b, x, "conv3", "bn3", {.out = kResnetExpansion * block.channels});
}

ValueId residual(Builder& b, ValueId x, const std::string& name, const ResnetBlock& block,
                 const ResnetOptions& options) {
  const auto scope = b.scope(name);
  const ValueId y = (options.bottleneck ? narrowedConvs : basicConvs)(b, x, block, options);
  if (block.stride != 1 || b.channels(x) != b.channels(y)) {
    x = convNorm(b, x, "downsample.0", "downsample.1",
                 {.out = b.channels(y), .stride = block.stride});
  }
  return b.relu(b.add(y, x, "sum"), "act");
}

// Of the third stage and of the fourth, where the first has 64 channels.
struct LargeWindow {
  int kernel, inner;
};
constexpr LargeWindow kLargeWindows[] = {{5, 85}, {7, 128}};

// A large window as a column and a row, in both orders; the stride follows it.
ValueId largeResidual(Builder& b, ValueId x, const std::string& name, const ResnetBlock& block,
                      const LargeWindow& window, int width) {
  const auto scope = b.scope(name);
  const auto line = [&](ValueId from, const std::string& number, bool column) {
    const int d = block.dilation, k = window.kernel, reach = k / 2 * d;
    return convNormRelu(b, from, "gcn.conv" + number, "gcn.bn" + number,
                        {.out = std::int64_t{window.inner} * width / 64,
                         .kernel = column ? Extent(k, 1) : Extent(1, k),
                         .padding = column ? Extent(reach, 0) : Extent(0, reach),
                         .dilation = column ? Extent(d, 1) : Extent(1, d)});
  };
  const ValueId columnFirst = line(line(x, "11", true), "12", false),
                rowFirst = line(line(x, "21", false), "22", true);
  const ConvOptions narrow{.out = kResnetExpansion * block.channels, .stride = block.stride};
  const ValueId y =
      convNorm(b, b.add(columnFirst, rowFirst, "gcn.sum"), "conv1x1", "bn1x1", narrow);
  if (block.stride != 1 || b.channels(x) != narrow.out) {
    ConvOptions skip = narrow;
    skip.bias = true;
    x = convNorm(b, x, "downsample.0", "downsample.1", skip);
  }
  return b.add(y, x, "sum");
}

ValueId stem(Builder& b, const ResnetOptions& options, int stride = 2) {
  const std::int64_t width = options.width;
  if (!options.deepStem) {
    return convNormRelu(b, b.input(), "conv1", "bn1",
                        {.out = width, .kernel = 7, .stride = stride, .padding = 3});
  }
  const std::int64_t last = options.stemWidth > 0 ? options.stemWidth : 2 * width;
  ValueId x = convNormRelu(b, b.input(), "conv1.0", "conv1.1", threeByThree(last / 2, stride, 1));
  x = convNormRelu(b, x, "conv1.3", "conv1.4", threeByThree(last / 2, 1, 1));
  return convNormRelu(b, x, "conv1.6", "bn1", threeByThree(last, 1, 1));
}

// Of block `i` of `count` in a stage with this dilation; `last`: it is the network's last stage.
int dilationOf(Dilation kind, int dilation, int i, int count, bool last) {
  if (dilation == 1) return 1;
  constexpr int kWide[] = {1, 2, 5, 9}, kWideEnd[] = {5, 9, 17};
  switch (kind) {
    case Dilation::plain:
      break;
    case Dilation::gradual:
      return i == 0 ? dilation / 2 : dilation;
    case Dilation::hybrid:
      if (last) return 3 + i % 3;
      return i < count / 3 * 3 ? 1 + i % 3 : 2;
    case Dilation::hybridWide:
      return last ? kWideEnd[i % 3] : kWide[i % 4];
  }
  return dilation;
}

constexpr MaxPoolOptions kStemPool{.kernel = 3, .stride = 2, .padding = 1};

// From the stem and what is pooled from it.
Features stages(Builder& b, const EncoderWish& wish, const ResnetOptions& options, ValueId first,
                ValueId x) {
  const int stemStride = wish.fineStem ? 1 : 2;
  Features features{{first, b.channels(first), stemStride}};
  Strides strides(strideOf(options.outputStride, wish), 2 * stemStride);
  for (int stage = 0; stage < 4; ++stage) {
    const auto scope = b.scope("layer" + std::to_string(stage + 1));
    const Strides::Step step = strides.next(stage == 0 ? 1 : 2);
    const int count = options.blocks[stage];
    for (int i = 0; i < count; ++i) {
      const int dilation = dilationOf(wish.dilation, step.dilation, i, count, stage == 3);
      const int second = wish.dilation == Dilation::gradual ? step.dilation : dilation;
      const ResnetBlock block{std::int64_t{options.width} << stage, i == 0 ? step.stride : 1,
                              dilation, second};
      const std::string name = std::to_string(i);
      x = options.largeWindows && stage >= 2
              ? largeResidual(b, x, name, block, kLargeWindows[stage - 2], options.width)
              : residual(b, x, name, block, options);
    }
    features.push_back({x, b.channels(x), step.reached});
  }
  if (options.classifier) classifyImages(b, x, "fc");
  return features;
}

Features buildResnet(Builder& b, const EncoderWish& wish, const ResnetOptions& options) {
  // ResNet-GCN starts as its source's other networks, its first stages too.
  const auto start = b.initialised(options.largeWindows ? kNormalStart : kResnetStart);
  const ValueId x = stem(b, options, wish.fineStem ? 1 : 2);
  return stages(b, wish, options, x, b.maxPool(x, "maxpool", kStemPool));
}

EncoderRow resnetRow(const char* name, const char* summary, ResnetOptions options) {
  return {.name = name, .summary = summary, .options = options, .build = typed<buildResnet>};
}

}  // namespace

PooledFeatures encodeResnet(Builder& b, const std::vector<int>& blocks, int width) {
  ResnetOptions options{.blocks = {}, .width = width};
  std::copy_n(blocks.begin(), std::size(options.blocks), options.blocks);
  const auto scope = b.scope("encoder");
  const auto start = b.initialised(kResnetStart);
  const ValueId x = stem(b, options);
  const MaxPooled pooled = b.maxPoolIndexed(x, "maxpool", kStemPool);
  return {stages(b, {}, options, x, pooled.values), pooled};
}

ValueId resnetBottleneck(Builder& b, ValueId x, const std::string& name) {
  const auto start = b.initialised(kResnetStart);
  const ResnetBlock block{
      .channels = b.channels(x) / kResnetExpansion, .stride = 1, .dilation = 1, .second = 1};
  return residual(b, x, name, block, {.blocks = {}});
}

std::vector<EncoderRow> resnetRows() {
  return {
      resnetRow("resnet18", "ResNet (He et al., CVPR 2016), 18 layers",
                {.blocks = {2, 2, 2, 2}, .bottleneck = false}),
      resnetRow("resnet34", "ResNet, 34 layers", {.blocks = {3, 4, 6, 3}, .bottleneck = false}),
      resnetRow("resnet50", "ResNet, 50 layers", {.blocks = {3, 4, 6, 3}}),
      resnetRow("resnet101", "ResNet, 101 layers", {.blocks = {3, 4, 23, 3}}),
      resnetRow("resnet152", "ResNet, 152 layers", {.blocks = {3, 8, 36, 3}}),
      resnetRow("resnext50_32x4d", "ResNeXt (Xie et al., CVPR 2017), 50 layers of 32 groups",
                {.blocks = {3, 4, 6, 3}, .groups = 32, .widthPerGroup = 4}),
      resnetRow("resnext101_32x8d", "ResNeXt, 101 layers of 32 groups",
                {.blocks = {3, 4, 23, 3}, .groups = 32, .widthPerGroup = 8}),
      resnetRow("wide_resnet50_2", "Wide ResNet (Zagoruyko and Komodakis, BMVC 2016), 50 layers",
                {.blocks = {3, 4, 6, 3}, .widthPerGroup = 128}),
      resnetRow("resnet50_gcn",
                "ResNet-GCN (Peng et al., CVPR 2017): large windows in the last two stages",
                {.blocks = {3, 4, 6, 3}, .largeWindows = true}),
  };
}

}  // namespace limbus
