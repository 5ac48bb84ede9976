// MobileNetV2_CS of th2l/Eye_VR_Segmentation, for the OpenEDS 2019 challenge: inverted residuals of
// Sandler et al., "MobileNetV2", CVPR 2018, and a channel gate. Layers, parameter names and initial
// values are those of the authors' code.
#include <string>

#include "shared/nets/encoders/mobilenetv2.h"
#include "shared/nets/layers.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct MobileNetV2CsOptions {
  bool halve = true;

  void describe(OptionVisitor& v) {
    v.flag("halve", halve, "sees the image at half its size, as the authors feed it");
  }
};

ValueId convRelu(Builder& b, ValueId x, const std::string& name, std::int64_t out, int kernel) {
  return convNormRelu(b, x, name, {.out = out, .kernel = kernel, .padding = kernel / 2});
}

ValueId encodeMobilenet(Builder& b, ValueId x) {
  struct Stage {
    int expansion, channels, blocks, stride;
  };
  const auto scope = b.scope("features");
  int index = 0;
  x = convNormRelu6(b, x, std::to_string(index++),
                    {.out = 32, .kernel = 3, .stride = 2, .padding = 1});
  for (const Stage& stage : {Stage{1, 16, 2, 1}, Stage{6, 24, 3, 2}, Stage{6, 32, 4, 2}}) {
    for (int i = 0; i < stage.blocks; ++i) {
      x = invertedResidual(b, x, std::to_string(index++),
                           {.expansion = stage.expansion,
                            .out = stage.channels,
                            .stride = i == 0 ? stage.stride : 1});
    }
  }
  return convRelu(b, x, std::to_string(index), 64, 3);
}

// What each class is worth in this image, from the mean of its enlarged map.
ValueId classGate(Builder& b, ValueId enlarged, int classes) {
  const auto scope = b.scope("up_part1.2");
  const auto start = b.initialised({});  // linear layers there
  ValueId gate = b.globalAvgPool(enlarged, "avg_pool");
  gate = b.relu(b.conv(gate, "fc.0", {.out = std::max(1, classes / 4)}), "fc.1");
  return b.hardSigmoid(b.conv(gate, "fc.2", {.out = classes}), "fc.3");
}

Graph buildMobilenetv2Cs(const NetPorts& ports, const MobileNetV2CsOptions& options) {
  Builder b("mobilenetv2-cs", ports.inputChannels);
  const auto start = b.initialised({.weight = Init::kaimingNormalFanOut});
  ValueId x = b.input();
  if (options.halve) x = b.avgPool(x, "halve", {.ceil = true, .countPadding = false});
  x = encodeMobilenet(b, x);  // an eighth of that
  b.part(Part::decoder);
  x = convRelu(b, x, "segm_part1.0", 64, 1);
  x = b.resize(x, "segm_part1.1", {.scale = 4});
  ValueId seen = convRelu(b, x, "conv_up_part1.0", ports.classes, 3);
  seen = convRelu(b, seen, "conv_up_part1.1", ports.classes, 3);
  b.part(Part::head);
  seen = convRelu(b, seen, "conv_up_part1.2", ports.classes, 3);
  const ValueId gated = convRelu(b, x, "up_part1.0", ports.classes, 1);
  const ValueId gate =
      classGate(b, b.resize(gated, "up_part1.1", {.like = b.input()}), ports.classes);
  // The authors enlarge both ways, then add; enlarging is linear, so once behind the sum will do.
  const ValueId sum = b.add(seen, b.mul(gated, gate, "up_part1.gated"), "sum");
  return b.finish(b.resize(sum, "up", {.like = b.input()}));
}

}  // namespace

NetRow mobilenetv2CsRow() {
  return {
      .name = "mobilenetv2-cs",
      .summary = "MobileNetV2_CS (th2l, OpenEDS 2019): small, sees the image at half its size",
      .options = MobileNetV2CsOptions{},
      .build = typed<buildMobilenetv2Cs>,
      .sizeMultiple = 16,
  };
}

}  // namespace limbus
