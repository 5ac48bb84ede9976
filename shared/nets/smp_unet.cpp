// The U-Net of segmentation_models.pytorch over any encoder: nearest doubling, the skip joined, two
// convs with batch norms. Layers, parameter names and initial values are that library's.
#include <algorithm>
#include <string>

#include "shared/nets/attention.h"
#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"
#include "shared/nets/smp_layers.h"

namespace limbus {
namespace {

struct SmpUnetOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "resnet34");
  int width = 16;
  Attention attention = Attention::none;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.whole("decoderWidth", width, {2, 128},
            "the decoder's channels at full size; doubled at each of four scales below");
    describeAttention(v, attention);
  }
};

struct BlockOptions {
  std::int64_t out;
  ValueId like;       // the size to come to
  ValueId skip = -1;  // joined there, if any
  Attention attention;
};

ValueId block(Builder& b, ValueId x, const std::string& name, const BlockOptions& options) {
  const auto scope = b.scope(name);
  x = b.resize(x, "up", {.mode = "nearest", .like = options.like});
  if (options.skip >= 0) {
    x = attend(b, b.concat({x, options.skip}, "join"), "attention1", options.attention);
  }
  x = convNormRelu(b, x, "conv1", threeByThree(options.out));
  x = convNormRelu(b, x, "conv2", threeByThree(options.out));
  return attend(b, x, "attention2", options.attention);
}

Graph buildSmpUnet(const NetPorts& ports, const SmpUnetOptions& options) {
  Builder b("smp-unet", ports.inputChannels);
  const auto start = b.initialised(kSmpStart);
  const Features all = encode(b, options.encoder, {.activated = true});
  const Features features = strided(all);
  b.part(Part::decoder);
  ValueId x = features.back().value;
  if (all.size() > features.size()) {  // VGG ends in a pool: two convs more
    x = convNormRelu(b, x, "decoder.center.0", threeByThree(b.channels(x)));
    x = convNormRelu(b, x, "decoder.center.1", threeByThree(b.channels(x)));
  }
  const std::size_t count = features.size();
  for (std::size_t i = 0; i < count; ++i) {
    BlockOptions step{.out = std::int64_t{options.width} << (count - 1 - i),
                      .like = b.input(),
                      .attention = options.attention};
    if (i + 1 < count) step.like = step.skip = features[count - 2 - i].value;
    x = block(b, x, "decoder.blocks." + std::to_string(i), step);
  }
  return b.finish(smpHead(b, x, ports.classes, 3));
}

// Every scale is decoded from every coarser one: column `column` of row `row` reads all that stand
// before it in its row's scale.
Graph buildPlusPlus(const NetPorts& ports, const SmpUnetOptions& options) {
  Builder b("smp-unetplusplus", ports.inputChannels);
  const auto start = b.initialised(kSmpStart);
  Features features = strided(encode(b, options.encoder, {.activated = true}));
  std::reverse(features.begin(), features.end());
  b.part(Part::decoder);
  const std::size_t depth = features.size() - 1;
  const auto name = [](std::size_t from, std::size_t to) {
    return "decoder.blocks.x_" + std::to_string(from) + "_" + std::to_string(to);
  };
  // dense[from][to]: started at features[from], come to the size of features[to + 1].
  std::vector<std::vector<ValueId>> dense(depth, std::vector<ValueId>(depth, -1));
  for (std::size_t steps = 0; steps < depth; ++steps) {
    for (std::size_t from = 0; from + steps < depth; ++from) {
      const std::size_t to = from + steps;
      std::vector<ValueId> skips;
      for (std::size_t other = from + 1; other <= to; ++other) skips.push_back(dense[other][to]);
      skips.push_back(features[to + 1].value);
      const ValueId skip =
          skips.size() == 1 ? skips[0] : b.concat(skips, name(from, to) + ".skips");
      const std::int64_t width = std::int64_t{options.width} << (depth - to);
      dense[from][to] =
          block(b, steps == 0 ? features[from].value : dense[from][to - 1], name(from, to),
                {.out = from == 0 ? width : features[to + 1].channels,
                 .like = skip,
                 .skip = skip,
                 .attention = options.attention});
    }
  }
  const ValueId x =
      block(b, dense[0][depth - 1], name(0, depth),
            {.out = options.width, .like = b.input(), .attention = options.attention});
  return b.finish(smpHead(b, x, ports.classes, 3));
}

}  // namespace

NetRow smpUnetRow() {
  return {
      .name = "smp-unet",
      .summary = "U-Net of segmentation_models.pytorch over any encoder; scSE as an option",
      .options = SmpUnetOptions{},
      .build = typed<buildSmpUnet>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

NetRow smpUnetPlusPlusRow() {
  return {
      .name = "smp-unetplusplus",
      .summary = "U-Net++ (Zhou et al., 2018) of segmentation_models.pytorch over any encoder",
      .options = SmpUnetOptions{},
      .build = typed<buildPlusPlus>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
