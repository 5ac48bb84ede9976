// U-Nets without batch norms over a pretrained encoder, as published:
// TernausNet-11 and -16 over VGG (Iglovikov and Shvets, 2018) and AlbuNet over ResNet (Shvets et
// al., 2018) as EvgenyKashin/signate_segmentation widened it, and its TernausNetV2.
#include <string>

#include "shared/nets/attention.h"
#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

enum class Up { nearest, bilinear, deconv };

const std::vector<EnumName<Up>> kUps = {
    {Up::nearest, "nearest"}, {Up::bilinear, "bilinear"}, {Up::deconv, "deconv"}};

struct DecoderOptions {
  Up up = Up::nearest;
  int width = 32;
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    v.choice("up", up, kUps, "how sizes are doubled; deconv learns it");
    v.whole("decoderWidth", width, {4, 128}, "channels at full size");
    describeAttention(v, attention);
  }
};

ValueId convRelu(Builder& b, ValueId x, const std::string& name, std::int64_t out) {
  x = b.conv(x, name + ".conv", {.out = out, .kernel = 3, .padding = 1, .bias = true});
  return b.relu(x, name + ".activation");
}

// To the size of `like`, twice its own or a little less.
struct DecoderBlock {
  std::int64_t middle, out;
  ValueId like;
  int deconvKernel = 4;
};

ValueId enlarge(Builder& b, ValueId x, const std::string& name, Up up, const DecoderBlock& block) {
  const auto scope = b.scope(name + ".block");
  if (up != Up::deconv) {
    const char* mode = up == Up::nearest ? "nearest" : "bilinear";
    x = b.resize(x, "0", {.mode = mode, .like = block.like});
    return convRelu(b, convRelu(b, x, "1", block.middle), "2", block.out);
  }
  x = convRelu(b, x, "0", block.middle);
  x = b.deconv(x, "1",
               {.out = block.out,
                .kernel = block.deconvKernel,
                .stride = 2,
                .padding = 1,
                .outputPadding = block.deconvKernel == 3 ? 1 : 0,
                .bias = true});
  return b.resize(b.relu(x, "2"), "fit", {.mode = "nearest", .like = block.like});
}

ValueId decode(Builder& b, ValueId x, const std::string& name, const DecoderOptions& decoder,
               const DecoderBlock& block) {
  return attend(b, enlarge(b, x, name, decoder.up, block), name, decoder.attention);
}

ValueId classifyDecoded(Builder& b, ValueId x, int classes) {
  b.part(Part::head);
  return b.conv(x, "final", {.out = classes, .bias = true});
}

struct TernausnetOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "vgg16");
  DecoderOptions decoder{.up = Up::bilinear};

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    decoder.describe(v);
  }
};

// In widths, coarsest first: the decoder blocks' first and last channels.
struct TernausnetShape {
  std::int64_t middles[5], outs[5];
  int deconvKernel = 4;
};

constexpr TernausnetShape kEleven{{16, 16, 16, 8, 4}, {8, 8, 4, 2, 1}, 3};
constexpr TernausnetShape kSixteen{{16, 16, 16, 8, 4}, {8, 8, 8, 2, 1}};
constexpr TernausnetShape kWider{{8, 8, 8, 6, 4}, {8, 8, 8, 6, 2}};

// The finest skip is joined before the last conv; what an encoder has at full size is such a skip.
Graph buildOver(Builder& b, const NetPorts& ports, const Features& features,
                const DecoderOptions& decoder, const TernausnetShape& shape) {
  b.part(Part::decoder);
  const std::size_t last = features.size() - 1;
  ValueId x = features[last].value;
  for (std::size_t i = 0; i < last; ++i) {
    const Scale& skip = features[last - 1 - i];
    const std::string name = i == 0 ? "center" : "dec" + std::to_string(6 - i);
    x = decode(b, x, name, decoder,
               {shape.middles[i] * decoder.width, shape.outs[i] * decoder.width, skip.value,
                shape.deconvKernel});
    x = b.concat({x, skip.value}, name + ".join");
  }
  x = classifyDecoded(b, convRelu(b, x, "dec1", decoder.width), ports.classes);
  if (features[0].stride > 1) x = b.resize(x, "up", {.like = b.input()});
  return b.finish(x);
}

Graph buildTernausnet(const NetPorts& ports, const TernausnetOptions& options) {
  Builder b("ternausnet", ports.inputChannels);
  const Features features = encode(b, options.encoder);
  const bool eleven = std::string(options.encoder.name()) == "vgg11";
  return buildOver(b, ports, features, options.decoder, eleven ? kEleven : kSixteen);
}

struct Ternausnetv2Options {
  Chosen<EncoderRow> encoder = chosen(encoders(), "wider_resnet");
  DecoderOptions decoder;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    decoder.describe(v);
  }
};

Graph buildTernausnetv2(const NetPorts& ports, const Ternausnetv2Options& options) {
  Builder b("ternausnetv2", ports.inputChannels);
  const Features features = encode(b, options.encoder);
  return buildOver(b, ports, features, options.decoder, kWider);
}

struct AlbunetOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet34");
  DecoderOptions decoder;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    decoder.describe(v);
  }
};

// No skips from the stem: at a half and at full size the decoder is alone.
Graph buildAlbunet(const NetPorts& ports, const AlbunetOptions& options) {
  Builder b("albunet", ports.inputChannels);
  const Features features = strided(encode(b, options.encoder));
  b.part(Part::decoder);
  const DecoderOptions& decoder = options.decoder;
  const std::int64_t n = decoder.width;
  const std::size_t last = features.size() - 1;
  ValueId x = b.maxPool(features[last].value, "pool", {.ceil = true});
  x = decode(b, x, "center", decoder, {16 * n, 8 * n, features[last].value});
  const std::int64_t middles[] = {4 * n, 8 * n, 16 * n, 16 * n},
                     outs[] = {4 * n, 2 * n, 8 * n, 8 * n};
  for (std::size_t level = last; level > 0; --level) {
    const std::string name = "dec" + std::to_string(level + 1);
    x = b.concat({x, features[level].value}, name + ".join");
    x = decode(b, x, name, decoder,
               {middles[level - 1], outs[level - 1], features[level - 1].value});
  }
  x = decode(b, x, "dec1", decoder, {4 * n, n, b.input()});
  return b.finish(classifyDecoded(b, convRelu(b, x, "dec0", n), ports.classes));
}

}  // namespace

NetRow ternausnetRow() {
  return {
      .name = "ternausnet",
      .summary = "TernausNet (Iglovikov and Shvets, 2018): U-Net over vgg11 or vgg16",
      .options = TernausnetOptions{},
      .build = typed<buildTernausnet>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

NetRow ternausnetv2Row() {
  return {
      .name = "ternausnetv2",
      .summary = "TernausNetV2 (Iglovikov et al., 2018) over a narrowed Wider ResNet",
      .options = Ternausnetv2Options{},
      .build = typed<buildTernausnetv2>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

NetRow albunetRow() {
  return {
      .name = "albunet",
      .summary = "AlbuNet (Shvets et al., 2018): U-Net over a ResNet, down to a sixty-fourth",
      .options = AlbunetOptions{},
      .build = typed<buildAlbunet>,
      .sizeMultiple = 64,
      .usualChannels = 3,
  };
}

}  // namespace limbus
