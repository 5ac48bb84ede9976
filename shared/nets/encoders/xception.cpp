// Xception: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017, in
// the longer, aligned form of DeepLabV3+ (Chen et al., ECCV 2018). Parameter names and initial
// values are those of yassouali/pytorch-segmentation, which extends pretrainedmodels.
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct XceptionOptions {
  int width = 32;
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {2, 128}, "channels of the first conv, 64 times as many at the end");
    describeOutputStride(v, outputStride);
    describeClassifier(v, classifier);
  }
};

ValueId separable(Builder& b, ValueId x, const std::string& name, std::int64_t out, int stride,
                  int dilation) {
  const auto scope = b.scope(name);
  x = convNorm(b, x, "conv1", "bn",
               {.out = b.channels(x),
                .kernel = 3,
                .stride = stride,
                .padding = dilation,
                .dilation = dilation,
                .groups = b.channels(x)});
  return b.conv(x, "pointwise", {.out = out});
}

struct XceptionBlock {
  std::int64_t out;
  int stride = 1, dilation = 1;
  bool firstRelu = true;
  bool exit = false;  // its first conv keeps the channels
};

// Three times ReLU, separable conv, norm, numbered in one sequence; the stride is in the last.
ValueId block(Builder& b, ValueId x, const std::string& name, const XceptionBlock& o) {
  const auto scope = b.scope(name);
  ValueId y = x;
  int index = 0;
  for (int i = 0; i < 3; ++i) {
    if (i > 0 || o.firstRelu) y = b.relu(y, "rep." + std::to_string(index++));
    const std::int64_t out = o.exit && i == 0 ? b.channels(x) : o.out;
    y = separable(b, y, "rep." + std::to_string(index++), out, i == 2 ? o.stride : 1, o.dilation);
    y = b.batchNorm(y, "rep." + std::to_string(index++));
  }
  if (o.stride != 1 || b.channels(x) != o.out) {
    x = convNorm(b, x, "skip", "skipbn", {.out = o.out, .stride = o.stride});
  }
  return b.add(y, x, "sum");
}

Features buildXception(Builder& b, const EncoderWish& wish, const XceptionOptions& options) {
  const auto start = b.initialised(kNormalStart);
  const std::int64_t w = options.width;
  const std::int64_t middle = 22 * w + 3 * w / 4;  // 728
  Strides strides(strideOf(options.outputStride, wish), 2);
  Features features;
  const auto keep = [&](ValueId x, const Strides::Step& step) {
    features.push_back({x, b.channels(x), step.reached});
  };
  ValueId x = convNormRelu(b, b.input(), "conv1", "bn1",
                           {.out = w, .kernel = 3, .stride = 2, .padding = 1});
  x = convNorm(b, x, "conv2", "bn2", {.out = 2 * w, .kernel = 3, .padding = 1});
  keep(x, {2, 1, 2});
  Strides::Step step = strides.next(2);
  x = block(b, x, "block1", {.out = 4 * w, .stride = step.stride, .firstRelu = false});
  keep(x, step);
  step = strides.next(2);
  x = block(b, b.relu(x, "relu1"), "block2", {.out = 8 * w, .stride = step.stride});
  keep(x, step);
  step = strides.next(2);
  x = block(b, x, "block3", {.out = middle, .stride = step.stride});
  const int dilation = step.dilation;
  constexpr int kMiddleBlocks = 16;
  for (int i = 0; i < kMiddleBlocks; ++i) {
    x = block(b, x, "block" + std::to_string(4 + i), {.out = middle, .dilation = dilation});
  }
  keep(x, step);
  step = strides.next(2);
  x = block(b, x, "block20",
            {.out = 32 * w, .stride = step.stride, .dilation = dilation, .exit = true});
  x = b.relu(x, "relu20");
  int number = 3;
  for (const std::int64_t out : {48 * w, 48 * w, 64 * w}) {
    const std::string n = std::to_string(number++);
    x = separable(b, x, "conv" + n, out, 1, step.dilation);
    x = b.relu(b.batchNorm(x, "bn" + n), "relu" + n);
  }
  keep(x, step);
  if (options.classifier) classifyImages(b, x, "fc");
  return features;
}

}  // namespace

std::vector<EncoderRow> xceptionRows() {
  return {{.name = "xception",
           .summary = "Xception (Chollet, CVPR 2017), aligned, as in DeepLabV3+",
           .options = XceptionOptions{},
           .build = typed<buildXception>}};
}

}  // namespace limbus
