// LR-ASPP: Howard et al., "Searching for MobileNetV3", ICCV 2019: the last features, gated by their
// mean, and finer ones, each classified and summed. Head and parameter names are torchvision's.
#include <algorithm>
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct LrasppOptions {
  Chosen<EncoderRow> encoder = chosen(encoders(), "mobilenet_v3_small");
  int width = 128;

  void describe(OptionVisitor& v) {
    describeEncoder(v, encoder);
    v.whole("decoderWidth", width, {4, 512}, "channels that the last features are brought to");
  }
};

Graph buildLraspp(const NetPorts& ports, const LrasppOptions& options) {
  Builder b("lraspp", ports.inputChannels);
  const Features features = encode(b, options.encoder, {.outputStride = 16, .stageStarts = true});
  b.part(Part::decoder);
  const ValueId high = features.back().value;
  const ValueId low = std::find_if(features.begin(), features.end(), [](const Scale& scale) {
                        return scale.stride == 8;
                      })->value;
  ValueId x = convNormRelu(b, high, "classifier.cbr", {.out = options.width});
  ValueId gate = b.globalAvgPool(high, "classifier.scale.0");
  gate =
      b.sigmoid(b.conv(gate, "classifier.scale.1", {.out = options.width}), "classifier.scale.2");
  x = b.resize(b.mul(x, gate, "classifier.gated"), "classifier.up", {.like = low});
  b.part(Part::head);
  const ConvOptions classifier{.out = ports.classes, .bias = true};
  const ValueId fine = b.conv(low, "classifier.low_classifier", classifier);
  const ValueId coarse = b.conv(x, "classifier.high_classifier", classifier);
  x = b.add(fine, coarse, "sum");  // [N,K,H/8,W/8]
  return b.finish(b.resize(x, "up", {.like = b.input()}));
}

}  // namespace

NetRow lrasppRow() {
  return {
      .name = "lraspp",
      .summary = "LR-ASPP (Howard et al., ICCV 2019) over MobileNetV3-Small or any encoder",
      .options = LrasppOptions{},
      .build = typed<buildLraspp>,
      .sizeMultiple = 16,
      .usualChannels = 3,
  };
}

}  // namespace limbus
