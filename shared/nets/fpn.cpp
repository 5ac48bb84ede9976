// The feature pyramid with a head for pixels: Kirillov, Girshick, He, Dollar, "Panoptic Feature
// Pyramid Networks", CVPR 2019, over the pyramid of Lin et al., CVPR 2017. Layers, parameter names
// and initial values are those of segmentation_models.pytorch.
#include <algorithm>
#include <numeric>
#include <string>

#include "shared/nets/attention.h"
#include "shared/nets/encoders.h"
#include "shared/nets/nets.h"
#include "shared/nets/smp_layers.h"

namespace limbus {
namespace {

struct FpnOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet34");
  int width = 128;
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.whole("decoderWidth", width, {4, 512}, "channels of the head; the pyramid has twice as many");
    describeAttention(v, attention);
  }
};

constexpr int kFpnLevels = 4;  // a quarter to a thirty-second
constexpr int kGroups = 32;

ValueId convNormRelu(Builder& b, ValueId x, const std::string& name, std::int64_t out) {
  const auto scope = b.scope(name);
  x = b.conv(x, "0", {.out = out, .kernel = 3, .padding = 1});
  x = b.groupNorm(x, "1", {.groups = static_cast<int>(std::gcd(kGroups, out))});
  return b.relu(x, "2");
}

Graph buildFpn(const NetPorts& ports, const FpnOptions& options) {
  Builder b("fpn", ports.inputChannels);
  const auto start = b.initialised(kSmpStart);
  Features features = strided(encode(b, options.encoder, {.activated = true}));
  features.erase(features.begin(), features.end() - kFpnLevels);
  b.part(Part::decoder);
  const std::int64_t wide = 2 * std::int64_t{options.width};
  const ConvOptions lateral{.out = wide, .bias = true};
  ValueId pyramid[kFpnLevels];
  for (int level = kFpnLevels; level-- > 0;) {
    const std::string name = "decoder.p" + std::to_string(level + 2);
    const Scale& scale = features[static_cast<std::size_t>(level)];
    if (level + 1 == kFpnLevels) {
      pyramid[level] = b.conv(scale.value, name, lateral);
      continue;
    }
    const auto scope = b.scope(name);
    const ValueId up = b.resize(pyramid[level + 1], "up", {.mode = "nearest", .like = scale.value});
    const ValueId sum = b.add(up, b.conv(scale.value, "skip_conv", lateral), "sum");
    pyramid[level] = attend(b, sum, "merged", options.attention);
  }
  ValueId sum = -1;
  for (int level = kFpnLevels; level-- > 0;) {
    const auto scope = b.scope("decoder.seg_blocks." + std::to_string(kFpnLevels - 1 - level));
    ValueId x = pyramid[level];
    for (int step = 0; step < std::max(level, 1); ++step) {
      const auto block = b.scope("block." + std::to_string(step));
      x = convNormRelu(b, x, "block", options.width);
      if (level == 0) continue;
      const ValueId finer = pyramid[level - 1 - step];
      x = b.resize(x, "up", {.alignCorners = true, .like = finer});
    }
    sum = sum < 0 ? x : b.add(sum, x, "sum");
  }
  const ValueId x = b.dropout(sum, "decoder.dropout", {.p = 0.2, .perChannel = true});
  return b.finish(
      b.resize(smpHead(b, x, ports.classes, 1), "up", {.alignCorners = true, .like = b.input()}));
}

}  // namespace

NetRow fpnRow() {
  return {
      .name = "fpn",
      .summary = "Feature pyramid with a head for pixels (Kirillov et al., CVPR 2019), any encoder",
      .options = FpnOptions{},
      .build = typed<buildFpn>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
