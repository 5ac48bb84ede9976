// FCN-8s: Long, Shelhamer, Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR
// 2015, over VGG16. The padding of 100 leaves room for the 7x7 window of fc6; the crops undo it.
#include <string>

#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/vgg.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct Fcn8sOptions {
  int width = 64;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {2, 128},
            "channels at full size; doubled at each of three stages; 64 times as many in fc6, fc7");
  }
};

struct Pooled {
  ValueId eighth, sixteenth, last;  // a thirty-second
};

Pooled encodeVgg(Builder& b, int width) {
  constexpr int kConvs[] = {2, 2, 3, 3, 3};
  const auto start = b.initialised(kVggStart);
  VggLayers layers(b, "features", false);
  ValueId x = b.input(), pools[5];
  for (int stage = 0; stage < 5; ++stage) {
    for (int i = 0; i < kConvs[stage]; ++i) {
      x = layers.conv(x, vggChannels(width, stage), stage == 0 && i == 0 ? 100 : 1);
    }
    pools[stage] = x = b.maxPool(x, layers.next(), {.ceil = true});
  }
  return {pools[2], pools[3], pools[4]};
}

// A layer of VGG's classifier, over windows.
ValueId fullyConnected(Builder& b, ValueId x, const std::string& name, const ConvOptions& options) {
  const auto start = b.initialised(kLinearStart);
  return b.dropout(b.relu(b.conv(x, name, options), name + ".act"), name + ".drop");
}

// Enlarged by a transposed conv that interpolates, and is never learned.
ValueId enlarge(Builder& b, ValueId x, const std::string& name, int factor) {
  return b.deconv(x, name,
                  {.out = b.channels(x),
                   .kernel = 2 * factor,
                   .stride = factor,
                   .init = Init::bilinear,
                   .frozen = true});
}

Graph buildFcn8s(const NetPorts& ports, const Fcn8sOptions& options) {
  Builder b("fcn8s", ports.inputChannels);
  const Pooled pooled = encodeVgg(b, options.width);
  b.part(Part::decoder);
  const std::int64_t wide = 64 * std::int64_t{options.width};
  ValueId x = fullyConnected(b, pooled.last, "fc6", {.out = wide, .kernel = 7, .bias = true});
  x = fullyConnected(b, x, "fc7", {.out = wide, .bias = true});
  const ConvOptions score{.out = ports.classes, .bias = true};
  x = b.conv(x, "score_fr", score);
  b.part(Part::head);
  x = enlarge(b, x, "upscore2", 2);
  // The pooled values are scaled down, so that the finer scores start weak.
  ValueId fine = b.conv(b.scale(pooled.sixteenth, "scale_pool4", 0.01), "score_pool4", score);
  x = b.add(b.cropLikeFrom(fine, x, "crop_pool4", 5, 5), x, "sum_pool4");
  x = enlarge(b, x, "upscore_pool4", 2);
  fine = b.conv(b.scale(pooled.eighth, "scale_pool3", 0.0001), "score_pool3", score);
  x = b.add(b.cropLikeFrom(fine, x, "crop_pool3", 9, 9), x, "sum_pool3");
  x = enlarge(b, x, "upscore8", 8);
  return b.finish(b.cropLikeFrom(x, b.input(), "crop", 31, 31));
}

}  // namespace

NetRow fcn8sRow() {
  return {
      .name = "fcn8s",
      .summary = "FCN-8s (Long et al., CVPR 2015) over VGG16; large",
      .options = Fcn8sOptions{},
      .build = typed<buildFcn8s>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
