// SegNet over a ResNet and its mirror image, of yassouali/pytorch-segmentation: residual blocks in
// reversed order, transposed convs where the encoder halved, and one unpooling where the stem
// pooled. Parameter names of the decoder are that repository's, of the encoder torchvision's.
#include <string>

#include "shared/nets/encoders/resnet.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct SegresnetOptions {
  std::vector<int> blocks{3, 4, 6, 3};
  int width = 64;

  void describe(OptionVisitor& v) {
    v.wholes("blocks", blocks, {1, 64},
             "four: residual blocks of each stage; 3, 4, 6, 3: ResNet-50; 3, 4, 23, 3: ResNet-101");
    v.require(blocks.size() == 4, "blocks", "expected four numbers");
    v.whole("width", width, {4, 256}, "channels of the stem; 32 times as many at the end");
  }
};

// Half the channels at twice the size.
ValueId doubled(Builder& b, ValueId x, const std::string& name) {
  const auto scope = b.scope(name);
  const std::int64_t in = b.channels(x), inner = in / 4, out = in / 2;
  ValueId y = convNormRelu(b, x, "conv1", "bn1", {.out = inner});
  y = b.relu(b.batchNorm(b.deconv(y, "conv2", {.out = inner}), "bn2"), "bn2.act");
  y = convNorm(b, y, "conv3", "bn3", {.out = out});
  x = b.batchNorm(b.deconv(x, "downsample.0", {.out = out}), "downsample.1");
  return b.relu(b.add(y, x, "sum"), "act");
}

// A quarter of the channels at the same size.
ValueId narrowed(Builder& b, ValueId x, const std::string& name) {
  const auto scope = b.scope(name);
  const std::int64_t out = b.channels(x) / 4;
  ValueId y = convNormRelu(b, x, "conv1", "bn1", {.out = out});
  y = convNormRelu(b, y, "conv2", "bn2", {.out = out, .kernel = 3, .padding = 1});
  y = convNorm(b, y, "conv3", "bn3", {.out = out});
  x = convNorm(b, x, "downsample.0", "downsample.1", {.out = out});
  return b.relu(b.add(y, x, "sum"), "act");
}

Graph buildSegresnet(const NetPorts& ports, const SegresnetOptions& options) {
  Builder b("segresnet", ports.inputChannels);
  const PooledFeatures encoded = encodeResnet(b, options.blocks, options.width);
  b.part(Part::decoder);
  ValueId x = encoded.features.back().value;
  for (int i = 0; i < 4; ++i) {
    const auto scope = b.scope("decoder." + std::to_string(i));
    // The first block of a stage, which changed channels and size, has another mirror image.
    const int same = options.blocks[static_cast<std::size_t>(3 - i)] - 1;
    for (int k = 0; k < same; ++k) x = resnetBottleneck(b, x, std::to_string(k));
    x = (i < 3 ? doubled : narrowed)(b, x, std::to_string(same));
  }
  x = b.cropLike(x, encoded.stem.values, "crop_pool");
  x = b.maxUnpool(x, encoded.stem, "unpool");
  x = b.deconv(x, "last_conv.0", {.out = options.width});
  b.part(Part::head);
  x = b.conv(x, "last_conv.1", {.out = ports.classes, .kernel = 3, .padding = 1, .bias = true});
  return b.finish(b.cropLike(x, b.input(), "crop"));
}

}  // namespace

NetRow segresnetRow() {
  return {
      .name = "segresnet",
      .summary = "SegNet over ResNet-50 and its mirror image, unpooling (pytorch-segmentation)",
      .options = SegresnetOptions{},
      .build = typed<buildSegresnet>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
