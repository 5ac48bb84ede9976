// DenseNet: Huang, Liu, van der Maaten, Weinberger, "Densely Connected Convolutional Networks",
// CVPR 2017. Layers and parameter names are torchvision's; the features are taken behind the norms
// of the transitions, as segmentation_models.pytorch does, or as the transitions leave them. Where
// less is to be halved, the last transitions do not pool and the layers behind them are dilated.
#include <string>
#include <utility>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct DensenetOptions {
  int layers[4];
  int growth = 32, stem = 64;
  bool deepStem = false;
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    v.flag("deepStem", deepStem, "three 3x3 convs instead of one of 7x7");
    describeOutputStride(v, outputStride);
    describeClassifier(v, classifier);
  }
};

constexpr int kBottleneck = 4;  // channels of a layer's inner conv by its growth

ValueId normRelu(Builder& b, ValueId x, const std::string& norm, const std::string& relu) {
  return b.relu(b.batchNorm(x, norm), relu);
}

ValueId stem(Builder& b, const DensenetOptions& options) {
  if (!options.deepStem) {
    const ValueId x =
        b.conv(b.input(), "conv0", {.out = options.stem, .kernel = 7, .stride = 2, .padding = 3});
    return normRelu(b, x, "norm0", "relu0");
  }
  const auto start = b.initialised(kNormalStart);  // as the source of these three convs
  const auto window = [&](int stride) {
    return ConvOptions{.out = options.stem, .kernel = 3, .stride = stride, .padding = 1};
  };
  ValueId x = convNormRelu(b, b.input(), "conv0.0", "conv0.1", window(2));
  x = convNormRelu(b, x, "conv0.3", "conv0.4", window(1));
  return convNormRelu(b, x, "conv0.6", "norm0", window(1));
}

ValueId denseLayer(Builder& b, ValueId x, const std::string& name, int growth, int dilation) {
  const auto scope = b.scope(name);
  ValueId y = b.conv(normRelu(b, x, "norm1", "relu1"), "conv1",
                     {.out = std::int64_t{kBottleneck} * growth});
  y = b.conv(normRelu(b, y, "norm2", "relu2"), "conv2",
             {.out = growth, .kernel = 3, .padding = dilation, .dilation = dilation});
  return b.concat({x, y}, "join");
}

// The features, and behind the last norm what a classifier reads, where one does.
struct Encoded {
  Features features;
  ValueId last = -1;
};

Encoded encodeImage(Builder& b, const EncoderWish& wish, const DensenetOptions& options) {
  const auto scope = b.scope("features");
  ValueId x = stem(b, options);
  Encoded encoded;
  const auto keep = [&](ValueId value, int stride) {
    encoded.features.push_back({value, b.channels(value), stride});
  };
  keep(x, 2);
  x = b.maxPool(x, "pool0", {.kernel = 3, .stride = 2, .padding = 1});
  Strides strides(strideOf(options.outputStride, wish), 4);
  Strides::Step step{2, 1, 4};
  for (int block = 0; block < 4; ++block) {
    {
      const auto inside = b.scope("denseblock" + std::to_string(block + 1));
      for (int i = 0; i < options.layers[block]; ++i) {
        x = denseLayer(b, x, "denselayer" + std::to_string(i + 1), options.growth, step.dilation);
      }
    }
    if (block == 3) break;
    const auto inside = b.scope("transition" + std::to_string(block + 1));
    x = normRelu(b, x, "norm", "relu");
    if (!wish.transitions) keep(x, step.reached);
    x = b.conv(x, "conv", {.out = b.channels(x) / 2});
    if (wish.transitions) keep(x, step.reached);
    step = strides.next(2);
    if (step.stride == 2) x = b.avgPool(x, "pool");
  }
  if (!wish.transitions || options.classifier) encoded.last = b.batchNorm(x, "norm5");
  keep(wish.transitions ? x : encoded.last, step.reached);
  return encoded;
}

Features buildDensenet(Builder& b, const EncoderWish& wish, const DensenetOptions& options) {
  const auto start = b.initialised({.weight = Init::kaimingNormal});
  Encoded encoded = encodeImage(b, wish, options);
  if (options.classifier) {
    classifyImages(b, b.relu(encoded.last, "relu5"), "classifier", {.bias = Init::zeros});
  }
  return std::move(encoded.features);
}

EncoderRow densenetRow(const char* name, const char* summary, DensenetOptions options) {
  return {.name = name, .summary = summary, .options = options, .build = typed<buildDensenet>};
}

}  // namespace

std::vector<EncoderRow> densenetRows() {
  return {
      densenetRow("densenet121", "DenseNet (Huang et al., CVPR 2017), 121 layers",
                  {{6, 12, 24, 16}}),
      densenetRow("densenet161", "DenseNet, 161 layers", {{6, 12, 36, 24}, 48, 96}),
      densenetRow("densenet169", "DenseNet, 169 layers", {{6, 12, 32, 32}}),
      densenetRow("densenet201", "DenseNet, 201 layers", {{6, 12, 48, 32}}),
  };
}

}  // namespace limbus
