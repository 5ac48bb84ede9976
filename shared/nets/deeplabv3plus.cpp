// DeepLabV3+: Chen, Zhu, Papandreou, Schroff, Adam, "Encoder-Decoder with Atrous Separable
// Convolution for Semantic Image Segmentation", ECCV 2018. Decoder, parameter names and
// initial values are those of yassouali/pytorch-segmentation, with plain convs in the pyramid.
//
// DUC and HDC: Wang et al., "Understanding Convolution for Semantic Segmentation", WACV 2018:
// channels become pixels, and dilations that differ from block to block leave no grid.
#include <algorithm>
#include <string>

#include "shared/nets/attention.h"
#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"
#include "shared/nets/pyramid.h"

namespace limbus {
namespace {

const Scale& atStride(const Features& features, int stride) {
  return *std::find_if(features.begin(), features.end(),
                       [&](const Scale& scale) { return scale.stride == stride; });
}

// The encoder's fine features, narrowed to 48 channels.
ValueId lowLevel(Builder& b, ValueId fine) {
  constexpr std::int64_t kLowChannels = 48;
  return convNormRelu(b, fine, "decoder.conv1", "decoder.bn1", {.out = kLowChannels});
}

ValueId refine(Builder& b, ValueId low, ValueId x, std::int64_t width, Attention attention) {
  const ConvOptions conv{.out = width, .kernel = 3, .padding = 1};
  x = b.concat({low, x}, "decoder.join");
  x = convNormRelu(b, x, "decoder.output.0", "decoder.output.1", conv);
  x = convNormRelu(b, x, "decoder.output.3", "decoder.output.4", conv);
  x = attend(b, x, "decoder.output", attention);
  return b.dropout(x, "decoder.output.6", {.p = 0.1});
}

ValueId classifyRefined(Builder& b, ValueId x, int classes) {
  b.part(Part::head);
  return b.conv(x, "decoder.output.7", {.out = classes, .bias = true});
}

struct DeeplabOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "xception");
  int outputStride = 16;
  int width = 256;
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.whole("outputStride", outputStride, {8, 16}, "8 or 16: of the encoder");
    v.require(outputStride == 8 || outputStride == 16, "outputStride", "expected 8 or 16");
    v.whole("decoderWidth", width, {8, 512}, "channels of pyramid and decoder");
    describeAttention(v, attention);
  }
};

Graph buildDeeplab(const NetPorts& ports, const DeeplabOptions& options) {
  Builder b("deeplabv3plus", ports.inputChannels);
  const auto start = b.initialised(kNormalStart);
  const Features features = encode(b, options.encoder, {.outputStride = options.outputStride});
  b.part(Part::decoder);
  const std::vector<int> dilations =
      options.outputStride == 8 ? std::vector<int>{12, 24, 36} : std::vector<int>{6, 12, 18};
  ValueId x = atrousPyramid(b, features.back().value, "ASSP", dilations, options.width);
  const ValueId low = lowLevel(b, atStride(features, 4).value);
  x = b.resize(x, "decoder.up", {.alignCorners = true, .like = low});
  x = classifyRefined(b, refine(b, low, x, options.width, options.attention), ports.classes);
  return b.finish(b.resize(x, "up", {.alignCorners = true, .like = b.input()}));
}

// A 1x1 conv whose channels become factor x factor pixels, which start alike. (In the source the
// decoder's do not: its convs are drawn once more.)
ValueId denseUpsampling(Builder& b, ValueId x, const std::string& name, std::int64_t out,
                        int factor) {
  const auto scope = b.scope(name);
  const std::int64_t cells = std::int64_t{factor} * factor;
  x = convNormRelu(
      b, x, "conv", "bn",
      {.out = out * cells, .init = Init::icnr, .initValue = static_cast<double>(cells)});
  return b.pixelShuffle(x, "pixl_shf", factor);
}

struct DucOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet101");
  Dilation dilations = Dilation::hybrid;
  int outputStride = 8;
  int width = 256;
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.choice(
        "dilations", dilations, {{Dilation::hybrid, "hybrid"}, {Dilation::hybridWide, "wide"}},
        "of a ResNet's blocks: hybrid: 1, 2, 3, ... and 3, 4, 5; wide: 1, 2, 5, 9, ... and 5, 9, "
        "17");
    v.whole("outputStride", outputStride, {4, 8}, "4 or 8: of the encoder");
    v.require(outputStride == 4 || outputStride == 8, "outputStride", "expected 4 or 8");
    v.whole("decoderWidth", width, {8, 512}, "channels of pyramid and decoder");
    describeAttention(v, attention);
  }
};

Graph buildDuc(const NetPorts& ports, const DucOptions& options) {
  Builder b("duc-hdc", ports.inputChannels);
  const auto start = b.initialised(kNormalStart);
  const int stride = options.outputStride, fine = stride / 2;
  const Features features =
      encode(b, options.encoder,
             {.outputStride = stride, .dilation = options.dilations, .fineStem = stride == 4});
  b.part(Part::decoder);
  ValueId x = atrousPyramid(b, features.back().value, "ASSP", {6, 12, 18, 24, 36}, options.width);
  const ValueId low = lowLevel(b, atStride(features, fine).value);
  x = denseUpsampling(b, x, "decoder.DUC", options.width, 2);
  if (features.back().stride > stride) {  // an encoder that was told another one
    x = b.resize(x, "decoder.fit", {.alignCorners = true, .like = low});
  } else {  // where a size does not divide it is one too large, or too small behind a pool
    x = b.pad(x, "decoder.border", {.bottom = 1, .right = 1});
    x = b.cropLikeFrom(x, low, "decoder.fit", 0, 0);
  }
  x = classifyRefined(b, refine(b, low, x, options.width, options.attention), ports.classes);
  x = denseUpsampling(b, x, "DUC_out", ports.classes, fine);
  return b.finish(b.resize(x, "fit", {.like = b.input()}));  // nothing where sizes divide
}

}  // namespace

NetRow deeplabv3plusRow() {
  return {
      .name = "deeplabv3plus",
      .summary = "DeepLabV3+ (Chen et al., ECCV 2018) over any encoder, to an eighth or sixteenth",
      .options = DeeplabOptions{},
      .build = typed<buildDeeplab>,
      .sizeMultiple = 16,
      .usualChannels = 3,
  };
}

NetRow ducHdcRow() {
  return {
      .name = "duc-hdc",
      .summary = "DeepLab with dense upsampling and hybrid dilations (Wang et al., WACV 2018)",
      .options = DucOptions{},
      .build = typed<buildDuc>,
      .sizeMultiple = 8,
      .usualChannels = 3,
  };
}

}  // namespace limbus
