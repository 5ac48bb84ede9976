// The U-Nets of selimsef/xview2_solution (2019), without batch norms in the decoder; with scSE
// gates whose results stand side by side it came far in several contests. Decoder and parameter
// names are that repository's.
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

enum class Gates { none, concat, sum };

struct ScseUnetOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "se_resnext50_32x4d");
  Gates gates = Gates::concat;
  std::vector<int> widths{64, 128, 192, 256};
  int lastWidth = 32;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.choice("gates", gates,
             {{Gates::none, "none"}, {Gates::concat, "concat"}, {Gates::sum, "sum"}},
             "scSE in the decoder: of channels and of pixels, side by side or summed");
    v.wholes("widths", widths, {4, 2048}, "four: the decoder's channels from half the size down");
    v.require(widths.size() == 4, "widths", "expected four numbers");
    v.whole("lastWidth", lastWidth, {4, 512}, "channels at full size; not with gates none");
  }
};

constexpr Initialisation kScseStart{.weight = Init::kaimingNormal, .bias = Init::zeros};

ValueId convRelu(Builder& b, ValueId x, const std::string& conv, const std::string& relu,
                 std::int64_t out) {
  return b.relu(b.conv(x, conv, {.out = out, .kernel = 3, .padding = 1, .bias = true}), relu);
}

ValueId up(Builder& b, ValueId x, const std::string& name, ValueId like, std::int64_t out) {
  const auto scope = b.scope(name + ".layer");
  x = b.resize(x, "0", {.mode = "nearest", .like = like});
  return convRelu(b, x, "1", "2", out);
}

ValueId gate(Builder& b, ValueId x, const std::string& name, Gates gates) {
  if (gates == Gates::none) return x;
  const auto scope = b.scope(name);
  const std::int64_t channels = b.channels(x), reduction = gates == Gates::concat ? 2 : 16;
  const ConvOptions narrow{.out = std::max<std::int64_t>(1, channels / reduction), .bias = true},
      wide{.out = channels, .bias = true};
  ValueId y = b.relu(b.conv(b.globalAvgPool(x, "avg_pool"), "fc1", narrow), "relu");
  y = b.mul(x, b.sigmoid(b.conv(y, "fc2", wide), "sigmoid"), "byChannel");
  const ValueId pixels = b.sigmoid(b.conv(x, "spatial_se.0", {.out = 1}), "spatial_se.1");
  const ValueId z = b.mul(x, pixels, "byPixel");
  return gates == Gates::sum ? b.add(y, z, "sum") : b.concat({y, z}, "join");
}

Graph buildScseUnet(const NetPorts& ports, const ScseUnetOptions& options) {
  Builder b("scse-unet", ports.inputChannels);
  const auto start = b.initialised(kScseStart);
  const Features features = strided(encode(b, options.encoder));
  b.part(Part::decoder);
  ValueId x = features.back().value;
  const int levels = static_cast<int>(options.widths.size());
  for (int level = levels - 1; level >= 0; --level) {
    const std::int64_t width = options.widths[level];
    const ValueId skip = features[level].value;
    x = up(b, x, "decoder_stages." + std::to_string(level), skip, width);
    const auto scope = b.scope("bottlenecks." + std::to_string(levels - 1 - level) + ".seq");
    x = convRelu(b, b.concat({x, skip}, "join"), "0", "1", width);
    x = gate(b, x, "2", options.gates);
  }
  if (options.gates != Gates::none) {
    x = up(b, x, "last_upsample", b.input(), options.lastWidth);
  } else {
    x = b.resize(x, "last_upsample", {.alignCorners = true, .like = b.input()});
  }
  b.part(Part::head);
  return b.finish(b.conv(x, "final.0", {.out = ports.classes, .bias = true}));
}

}  // namespace

NetRow scseUnetRow() {
  return {
      .name = "scse-unet",
      .summary = "U-Net with scSE gates (Seferbekov, xView2 2019) over any encoder",
      .options = ScseUnetOptions{},
      .build = typed<buildScseUnet>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
