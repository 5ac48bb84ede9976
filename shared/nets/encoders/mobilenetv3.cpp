// MobileNetV3: Howard et al., "Searching for MobileNetV3", ICCV 2019. Layers, parameter names
// and initial values are torchvision's.
#include <algorithm>
#include <span>
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct Mobilenetv3Block {
  int kernel, expanded, out;
  bool gate, hard;  // hard swish instead of ReLU
  int stride;
};
constexpr Mobilenetv3Block kSmall[] = {
    {3, 16, 16, true, false, 2}, {3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1},
    {5, 96, 40, true, true, 2},  {5, 240, 40, true, true, 1},  {5, 240, 40, true, true, 1},
    {5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1},  {5, 288, 96, true, true, 2},
    {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1},
};
constexpr Mobilenetv3Block kLarge[] = {
    {3, 16, 16, false, false, 1}, {3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1},
    {5, 72, 40, true, false, 2},  {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1},
    {3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1},
    {3, 184, 80, false, true, 1}, {3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1},
    {5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1},
};

struct MobilenetV3Options {
  std::span<const Mobilenetv3Block> blocks;
  std::int64_t hidden;  // channels of the classifier
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    describeOutputStride(v, outputStride);
    describeClassifier(v, classifier);
  }
};

constexpr BatchNormOptions kMobilenetv3Norm{.eps = 1e-3, .momentum = 0.01};
constexpr Initialisation kMobilenetv3Start{.weight = Init::kaimingNormalFanOut,
                                           .bias = Init::zeros};

ValueId convNormAct(Builder& b, ValueId x, const std::string& name, const ConvOptions& options,
                    bool hard) {
  x = convNorm(b, x, name + ".0", name + ".1", options, kMobilenetv3Norm);
  return hard ? b.hardSwish(x, name + ".2") : b.relu(x, name + ".2");
}

ValueId gated(Builder& b, ValueId x, const std::string& name) {
  const auto scope = b.scope(name);
  const std::int64_t channels = b.channels(x);
  // A quarter, to the nearest multiple of 8 that is not below nine tenths of it.
  const std::int64_t wanted = channels / 4;
  std::int64_t inner = std::max<std::int64_t>(8, (wanted + 4) / 8 * 8);
  if (inner * 10 < wanted * 9) inner += 8;
  const auto conv = [&](ValueId from, const char* layer, std::int64_t out) {
    return b.conv(from, layer, {.out = out, .bias = true});
  };
  ValueId gate = b.relu(conv(b.globalAvgPool(x, "avgpool"), "fc1", inner), "activation");
  gate = b.hardSigmoid(conv(gate, "fc2", channels), "scale_activation");
  return b.mul(x, gate, "gated");
}

ValueId invertedResidual(Builder& b, ValueId x, const std::string& name,
                         const Mobilenetv3Block& block, int stride, int dilation) {
  const auto scope = b.scope(name + ".block");
  const std::int64_t in = b.channels(x), expanded = block.expanded;
  int index = 0;
  ValueId y = x;
  if (expanded != in) {
    y = convNormAct(b, y, std::to_string(index++), {.out = expanded}, block.hard);
  }
  y = convNormAct(b, y, std::to_string(index++),
                  {.out = expanded,
                   .kernel = block.kernel,
                   .stride = stride,
                   .padding = (block.kernel - 1) / 2 * dilation,
                   .dilation = dilation,
                   .groups = expanded},
                  block.hard);
  if (block.gate) y = gated(b, y, std::to_string(index++));
  const std::string project = std::to_string(index);
  y = convNorm(b, y, project + ".0", project + ".1", {.out = block.out}, kMobilenetv3Norm);
  return block.stride == 1 && in == block.out ? b.add(y, x, "sum") : y;
}

Features encodeImage(Builder& b, const EncoderWish& wish, const MobilenetV3Options& options) {
  const auto scope = b.scope("features");
  Strides strides(strideOf(options.outputStride, wish), 2);
  ValueId x =
      convNormAct(b, b.input(), "0", {.out = 16, .kernel = 3, .stride = 2, .padding = 1}, true);
  Features features{{x, b.channels(x), 2}};
  int index = 1;
  Strides::Step step{2, 1, 2};
  for (const Mobilenetv3Block& block : options.blocks) {
    const bool starts = block.stride == 2;
    if (starts) step = strides.next(2);
    x = invertedResidual(b, x, std::to_string(index++), block, starts ? step.stride : 1,
                         step.dilation);
    if (starts) {
      features.push_back({x, b.channels(x), step.reached});
    } else if (!wish.stageStarts) {
      features.back() = {x, b.channels(x), step.reached};
    }
  }
  x = convNormAct(b, x, std::to_string(index), {.out = 6 * b.channels(x)}, true);
  features.back() = {x, b.channels(x), step.reached};
  return features;
}

Features buildMobilenetV3(Builder& b, const EncoderWish& wish, const MobilenetV3Options& options) {
  const auto start = b.initialised(kMobilenetv3Start);
  Features features = encodeImage(b, wish, options);
  if (!options.classifier) return features;
  const auto linear = b.initialised(kLinearStart);
  const ValueId mean = b.globalAvgPool(features.back().value, "avgpool");
  const ValueId hidden = b.conv(mean, "classifier.0", {.out = options.hidden, .bias = true});
  classifyImages(b, b.hardSwish(hidden, "classifier.1"), "classifier.3", kLinearStart);
  return features;
}

}  // namespace

std::vector<EncoderRow> mobilenetV3Rows() {
  return {{.name = "mobilenet_v3_small",
           .summary = "MobileNetV3-Small (Howard et al., ICCV 2019)",
           .options = MobilenetV3Options{kSmall, 1024},
           .build = typed<buildMobilenetV3>},
          {.name = "mobilenet_v3_large",
           .summary = "MobileNetV3-Large",
           .options = MobilenetV3Options{kLarge, 1280},
           .build = typed<buildMobilenetV3>}};
}

}  // namespace limbus
