// UperNet: Xiao, Liu, Zhou, Jiang, Sun, "Unified Perceptual Parsing for Scene Understanding", ECCV
// 2018, its object path. Decoder and parameter names are those of yassouali/pytorch-segmentation,
// whose three smoothing convs are one. As there, all but the encoder starts as in PyTorch.
#include <string>

#include "shared/nets/attention.h"
#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"
#include "shared/nets/pyramid.h"

namespace limbus {
namespace {

struct UpernetOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet101");
  int width = 256;
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.whole("decoderWidth", width, {8, 512}, "channels of the feature pyramid");
    describeAttention(v, attention);
  }
};

// Every scale brought to `width` channels; a first one that has them already stays.
std::vector<ValueId> laterals(Builder& b, const std::vector<ValueId>& xs, std::int64_t width) {
  std::vector<ValueId> narrowed;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (i == 0 && b.channels(xs[0]) == width) {
      narrowed.push_back(xs[0]);
      continue;
    }
    const std::string name = i == 0 ? "FPN.conv1x1_fine" : "FPN.conv1x1." + std::to_string(i - 1);
    narrowed.push_back(b.conv(xs[i], name, {.out = width, .bias = true}));
  }
  return narrowed;
}

// Coarse added to fine, top down; all but the coarsest smoothed; joined at the finest.
ValueId fuse(Builder& b, std::vector<ValueId> xs, std::int64_t width, Attention attention) {
  const std::size_t last = xs.size() - 1;
  const std::string smooth = "FPN.smooth_conv.0";
  std::vector<ValueId> joined(xs.size());
  joined[last] = xs[last];
  for (std::size_t i = last; i-- > 0;) {
    const std::string level = std::to_string(i);
    const ValueId up = b.resize(xs[i + 1], "FPN.up" + level, {.alignCorners = true, .like = xs[i]});
    const std::string sum = "FPN.sum" + level;
    xs[i] = attend(b, b.add(up, xs[i], sum), sum, attention);
    const bool first = i + 1 == last;
    joined[i] = b.conv(
        xs[i], first ? smooth : "FPN.smooth" + level,
        {.out = width, .kernel = 3, .padding = 1, .bias = true, .sameAs = first ? "" : smooth});
  }
  for (std::size_t i = 1; i <= last; ++i) {
    joined[i] = b.resize(joined[i], "FPN.fit" + std::to_string(i),
                         {.alignCorners = true, .like = joined[0]});
  }
  return convNormRelu(b, b.concat(joined, "FPN.join"), "FPN.conv_fusion",
                      {.out = width, .kernel = 3, .padding = 1});
}

Graph buildUpernet(const NetPorts& ports, const UpernetOptions& options) {
  Builder b("upernet", ports.inputChannels);
  const Features features = strided(encode(b, options.encoder, {.outputStride = 16}));
  b.part(Part::decoder);
  std::vector<ValueId> xs;  // without the stem
  for (std::size_t i = 1; i < features.size(); ++i) xs.push_back(features[i].value);
  xs.back() = pyramidPool(b, xs.back(), "PPN", {1, 2, 4, 6}, b.channels(xs.back()));
  const ValueId x = fuse(b, laterals(b, xs, options.width), options.width, options.attention);
  b.part(Part::head);
  const ValueId logits =
      b.conv(x, "head", {.out = ports.classes, .kernel = 3, .padding = 1, .bias = true});
  return b.finish(b.resize(logits, "up", {.like = b.input()}));
}

}  // namespace

NetRow upernetRow() {
  return {
      .name = "upernet",
      .summary = "UperNet (Xiao et al., ECCV 2018), its object path, over any encoder",
      .options = UpernetOptions{},
      .build = typed<buildUpernet>,
      .sizeMultiple = 16,
      .usualChannels = 3,
  };
}

}  // namespace limbus
