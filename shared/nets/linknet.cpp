// LinkNet: Chaurasia and Culurciello, "LinkNet: Exploiting Encoder Representations for Efficient
// Semantic Segmentation", VCIP 2017. Decoder, head and their parameter names are those of LinkNet34
// in ternaus/robot-surgery-segmentation (Shvets et al., 2018).
#include <string>

#include "shared/nets/attention.h"
#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct LinknetOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet34");
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    describeAttention(v, attention);
  }
};

// Twice the size; `out` channels.
ValueId decoderBlock(Builder& b, ValueId x, const std::string& name, std::int64_t out) {
  const auto scope = b.scope(name);
  const std::int64_t inner = b.channels(x) / 4;
  x = convNormRelu(b, x, "conv1", "norm1", {.out = inner, .bias = true});
  x = b.deconv(x, "deconv2", {.out = inner, .kernel = 4, .stride = 2, .padding = 1, .bias = true});
  x = b.relu(b.batchNorm(x, "norm2"), "norm2.act");
  return convNormRelu(b, x, "conv3", "norm3", {.out = out, .bias = true});
}

Graph buildLinknet(const NetPorts& ports, const LinknetOptions& options) {
  Builder b("linknet", ports.inputChannels);
  const Features features = strided(encode(b, options.encoder));
  b.part(Part::decoder);
  // The finest one, the stem, is not joined; the last block has the channels of the one before.
  std::size_t level = features.size() - 1;
  ValueId x = features[level].value;
  for (; level > 1; --level) {
    const std::string number = std::to_string(level);
    const std::string name = "decoder" + number;
    x = attend(b, decoderBlock(b, x, name, features[level - 1].channels), name, options.attention);
    const Scale& skip = features[level - 1];
    x = b.add(b.resize(x, "fit" + number, {.mode = "nearest", .like = skip.value}), skip.value,
              "sum" + number);
  }
  x = attend(b, decoderBlock(b, x, "decoder1", b.channels(x)), "decoder1", options.attention);
  constexpr std::int64_t kLast = 32;
  x = b.relu(b.deconv(x, "finaldeconv1", {.out = kLast, .kernel = 3, .stride = 2, .bias = true}),
             "finalrelu1");
  x = b.relu(b.conv(x, "finalconv2", {.out = kLast, .kernel = 3, .bias = true}), "finalrelu2");
  b.part(Part::head);
  x = b.conv(x, "finalconv3", {.out = ports.classes, .kernel = 2, .padding = 1, .bias = true});
  return b.finish(b.resize(x, "fit", {.mode = "nearest", .like = b.input()}));
}

}  // namespace

NetRow linknetRow() {
  return {
      .name = "linknet",
      .summary = "LinkNet (Chaurasia and Culurciello, 2017); with resnet34 it is LinkNet34",
      .options = LinknetOptions{},
      .build = typed<buildLinknet>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
