// EfficientNet: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
// Networks", ICML 2019. Layers, parameter names and paddings are those of EfficientNet-PyTorch from
// 0.7 on, which segmentation_models.pytorch uses: TensorFlow's "same" for the size that each was
// trained at, so that strided windows may see one pixel more at the end than at the start.
#include <algorithm>
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct EfficientnetOptions {
  int width = 10, depth = 10;  // tenths of B0's channels and blocks
  int trainedAt = 224;         // pixels
  int sixteenthAfter = 0;      // blocks, for the features at a sixteenth; 0: all of that size
  double dropConnect = 0.2;
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    describeOutputStride(v, outputStride);
    v.number("dropConnect", dropConnect, {0, 0.9},
             "chance to skip the last block in training, less before it");
    v.flag("classifier", classifier, "builds the unused last conv, which published counts include");
  }
};

struct EfficientnetStage {
  int blocks, kernel, stride, expansion, channels;
};
constexpr EfficientnetStage kEfficientnetStages[] = {
    {1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80},
    {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}};

// To a multiple of 8 that is not below nine tenths of what was wanted.
std::int64_t scaledChannels(int channels, int tenths) {
  const std::int64_t wanted = std::int64_t{channels} * tenths;  // in tenths
  const std::int64_t rounded = std::max<std::int64_t>(8, (wanted + 40) / 10 / 8 * 8);
  return rounded * 100 < 9 * wanted ? rounded + 8 : rounded;
}

int scaledBlocks(int blocks, int tenths) { return (blocks * tenths + 9) / 10; }

constexpr BatchNormOptions kEfficientnetNorm{.eps = 1e-3, .momentum = 0.01};

class EfficientnetLayers {
 public:
  EfficientnetLayers(Builder& b, int trainedAt) : b_(b), size_(trainedAt) {}

  ValueId windowed(ValueId x, const std::string& name, ConvOptions options) {
    const auto stride = static_cast<int>(options.stride.h),
               dilation = static_cast<int>(options.dilation.h),
               kernel = (static_cast<int>(options.kernel.h) - 1) * dilation + 1;  // its reach
    const int out = (size_ + stride - 1) / stride;
    const int total = std::max(0, (out - 1) * stride + kernel - size_), before = total / 2;
    size_ = out;
    if (total % 2 == 0) {
      options.padding = before;
    } else {
      const int after = total - before;
      x = b_.pad(x, name + ".pad",
                 {.top = before, .left = before, .bottom = after, .right = after});
    }
    return b_.conv(x, name, options);
  }

  ValueId normSwish(ValueId x, const std::string& name) {
    return b_.swish(b_.batchNorm(x, name, kEfficientnetNorm), name + ".swish");
  }

  ValueId block(ValueId x, const std::string& name, const EfficientnetStage& stage,
                std::int64_t out, int stride, int dilation, double dropConnect) {
    const auto scope = b_.scope(name);
    const std::int64_t in = b_.channels(x), hidden = in * stage.expansion;
    ValueId y = x;
    if (stage.expansion != 1) {
      y = normSwish(b_.conv(y, "_expand_conv", {.out = hidden}), "_bn0");
    }
    y = windowed(y, "_depthwise_conv",
                 {.out = hidden,
                  .kernel = stage.kernel,
                  .stride = stride,
                  .dilation = dilation,
                  .groups = hidden});
    y = gate(normSwish(y, "_bn1"), std::max<std::int64_t>(1, in / 4));
    y = b_.batchNorm(b_.conv(y, "_project_conv", {.out = out}), "_bn2", kEfficientnetNorm);
    if (stride != 1 || in != out) return y;
    if (dropConnect > 0) y = b_.dropout(y, "drop_connect", {.p = dropConnect, .perImage = true});
    return b_.add(y, x, "sum");
  }

 private:
  ValueId gate(ValueId x, std::int64_t inner) {
    ValueId gate = b_.globalAvgPool(x, "_se_pool");
    gate = b_.swish(b_.conv(gate, "_se_reduce", {.out = inner, .bias = true}), "_se_swish");
    gate = b_.conv(gate, "_se_expand", {.out = b_.channels(x), .bias = true});
    return b_.mul(x, b_.sigmoid(gate, "_se_gate"), "_se");
  }

  Builder& b_;
  int size_;  // of an image as in training, here
};

Features buildEfficientnet(Builder& b, const EncoderWish& wish,
                           const EfficientnetOptions& options) {
  Strides strides(strideOf(options.outputStride, wish), 2);
  EfficientnetLayers layers(b, options.trainedAt);
  ValueId x = layers.windowed(b.input(), "_conv_stem",
                              {.out = scaledChannels(32, options.width), .kernel = 3, .stride = 2});
  x = layers.normSwish(x, "_bn0");
  Features features{{x, b.channels(x), 2}};
  int count = 0;
  for (const EfficientnetStage& stage : kEfficientnetStages)
    count += scaledBlocks(stage.blocks, options.depth);
  int index = 0;
  int nominal = 2;  // image pixels per value, were nothing dilated
  Strides::Step step{2, 1, nominal};
  for (std::size_t i = 0; i < std::size(kEfficientnetStages); ++i) {
    const EfficientnetStage& stage = kEfficientnetStages[i];
    const std::int64_t out = scaledChannels(stage.channels, options.width);
    if (stage.stride == 2) {
      nominal *= 2;
      step = strides.next(2);
    }
    for (int k = 0; k < scaledBlocks(stage.blocks, options.depth); ++k, ++index) {
      const int stride = k == 0 && stage.stride == 2 ? step.stride : 1;
      x = layers.block(x, "_blocks." + std::to_string(index), stage, out, stride, step.dilation,
                       options.dropConnect * index / count);
      if (index + 1 == options.sixteenthAfter) features.push_back({x, out, step.reached});
    }
    const bool last = i + 1 == std::size(kEfficientnetStages);
    const bool ends = last || kEfficientnetStages[i + 1].stride == 2;  // the last of its size
    const bool taken = nominal == 16 && options.sixteenthAfter > 0;
    if (ends && nominal > 2 && !taken) features.push_back({x, out, step.reached});
  }
  if (options.classifier) {
    b.batchNorm(b.conv(x, "_conv_head", {.out = scaledChannels(1280, options.width)}), "_bn1",
                kEfficientnetNorm);
  }
  return features;
}

// Of B0 segmentation_models.pytorch takes the features in the middle of a stage.
EncoderRow efficientnetRow(const char* name, const char* summary, int width, int depth,
                           int trainedAt, int sixteenthAfter = 0) {
  return {.name = name,
          .summary = summary,
          .options = EfficientnetOptions{.width = width,
                                         .depth = depth,
                                         .trainedAt = trainedAt,
                                         .sixteenthAfter = sixteenthAfter},
          .build = typed<buildEfficientnet>};
}

}  // namespace

std::vector<EncoderRow> efficientnetRows() {
  return {
      efficientnetRow("efficientnet-b0", "EfficientNet (Tan and Le, ICML 2019)", 10, 10, 224, 9),
      efficientnetRow("efficientnet-b1", "EfficientNet, deeper", 10, 11, 240),
      efficientnetRow("efficientnet-b2", "EfficientNet, scaled by 1.1 and 1.2", 11, 12, 260),
      efficientnetRow("efficientnet-b3", "EfficientNet, scaled by 1.2 and 1.4", 12, 14, 300),
      efficientnetRow("efficientnet-b4", "EfficientNet, scaled by 1.4 and 1.8", 14, 18, 380),
      efficientnetRow("efficientnet-b5", "EfficientNet, scaled by 1.6 and 2.2", 16, 22, 456),
      efficientnetRow("efficientnet-b6", "EfficientNet, scaled by 1.8 and 2.6", 18, 26, 528),
      efficientnetRow("efficientnet-b7", "EfficientNet, scaled by 2.0 and 3.1; large", 20, 31, 600),
  };
}

}  // namespace limbus
