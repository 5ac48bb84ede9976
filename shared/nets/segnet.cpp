// SegNet: Badrinarayanan, Kendall, Cipolla, "SegNet: A Deep Convolutional Encoder-Decoder
// Architecture for Image Segmentation", PAMI 2017: VGG16 with batch norms and its mirror image,
// which unpools to where the maxima stood. Every layer has weights of its own, also where
// implementations built the decoder from the encoder's very modules.
#include <string>

#include "shared/nets/encoders/vgg.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct SegnetOptions {
  int width = 64;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {4, 256}, "channels at full size; doubled at each of three stages");
  }
};

constexpr int kSegnetStages = 5;
constexpr int kConvs[kSegnetStages] = {2, 2, 3, 3, 3};

Graph buildSegnet(const NetPorts& ports, const SegnetOptions& options) {
  Builder b("segnet", ports.inputChannels);
  ValueId x = b.input();
  MaxPooled pooled[kSegnetStages];
  {
    const auto start = b.initialised(kVggStart);
    VggLayers encoder(b, "encoder.features", true);
    for (int stage = 0; stage < kSegnetStages; ++stage) {
      for (int i = 0; i < kConvs[stage]; ++i) {
        x = encoder.conv(x, vggChannels(options.width, stage));
      }
      pooled[stage] = b.maxPoolIndexed(x, encoder.next());
      x = pooled[stage].values;
    }
  }
  b.part(Part::decoder);
  const auto start = b.initialised({.weight = Init::kaimingNormal, .bias = Init::zeros});
  for (int stage = kSegnetStages; stage-- > 0;) {
    const std::string name = "decoder.stage" + std::to_string(kSegnetStages - stage);
    VggLayers layers(b, name, true);
    x = b.maxUnpool(x, pooled[stage], name + ".unpool");
    // The last conv of a stage brings the channels to those of the next finer one.
    for (int i = 1; i <= kConvs[stage]; ++i) {
      const bool last = i == kConvs[stage] && stage > 0;
      x = layers.conv(x, vggChannels(options.width, last ? stage - 1 : stage));
    }
  }
  b.part(Part::head);
  return b.finish(
      b.conv(x, "classifier", {.out = ports.classes, .kernel = 3, .padding = 1, .bias = true}));
}

}  // namespace

NetRow segnetRow() {
  return {
      .name = "segnet",
      .summary = "SegNet (Badrinarayanan et al., PAMI 2017): VGG16 and its mirror image, unpooling",
      .options = SegnetOptions{},
      .build = typed<buildSegnet>,
      .sizeMultiple = 32,
      .usualChannels = 3,
  };
}

}  // namespace limbus
