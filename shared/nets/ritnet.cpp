// RITnet: Chaudhary et al., "RITnet: Real-time Semantic Segmentation of the Eye for Gaze Tracking",
// ICCV Workshops 2019, winner of the OpenEDS 2019 semantic segmentation challenge. Layers,
// parameter names and initial values are those of the authors' code.
#include <string>

#include "shared/graph/builder.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct RitnetOptions {
  int width = 32;

  void describe(OptionVisitor& v) { v.whole("width", width, {2, 256}, "channels of every block"); }
};

ValueId biasedConv(Builder& b, ValueId x, const std::string& name, std::int64_t out, int kernel) {
  return b.conv(x, name, {.out = out, .kernel = kernel, .padding = kernel / 2, .bias = true});
}

ValueId dropAct(Builder& b, ValueId x, const std::string& step) {
  return b.leakyRelu(b.dropout(x, "drop" + step, {.p = 0.2}), "act" + step);
}

// A 1x1 conv that narrows, then a 3x3 conv: conv<step>1 and conv<step>2.
ValueId narrowThenLook(Builder& b, ValueId x, const std::string& step, std::int64_t width) {
  x = biasedConv(b, x, "conv" + step + "1", width, 1);
  return dropAct(b, biasedConv(b, x, "conv" + step + "2", width, 3), step);
}

ValueId downBlock(Builder& b, ValueId x, const std::string& name, std::int64_t width) {
  const auto scope = b.scope(name);
  const ValueId x1 = dropAct(b, biasedConv(b, x, "conv1", width, 3), "1");
  const ValueId x21 = b.concat({x, x1}, "join1");
  const ValueId x22 = narrowThenLook(b, x21, "2", width);
  const ValueId x31 = b.concat({x21, x22}, "join2");
  return b.batchNorm(narrowThenLook(b, x31, "3", width), "bn");
}

// To the skip's size: exactly twice where height and width are multiples of 16.
ValueId upBlock(Builder& b, ValueId x, ValueId skip, const std::string& name, std::int64_t width) {
  const auto scope = b.scope(name);
  x = b.concat({b.resize(x, "up", {.mode = "nearest", .like = skip}), skip}, "join1");
  const ValueId x1 = narrowThenLook(b, x, "1", width);
  return narrowThenLook(b, b.concat({x, x1}, "join2"), "2", width);
}

Graph buildRitnet(const NetPorts& ports, const RitnetOptions& options) {
  constexpr int kLevels = 5;
  const int width = options.width;
  Builder b("ritnet", ports.inputChannels);
  const auto start = b.initialised({.weight = Init::kaimingNormalFanOut, .bias = Init::zeros});

  ValueId levels[kLevels];  // [N,width,H,W] at 1, 1/2, ... 1/16
  ValueId x = b.input();
  for (int i = 0; i < kLevels; ++i) {
    const std::string name = "down_block" + std::to_string(i + 1);
    if (i > 0) x = b.avgPool(x, name + ".pool");
    levels[i] = x = downBlock(b, x, name, width);
  }
  b.part(Part::decoder);
  for (int i = 1; i < kLevels; ++i) {
    x = upBlock(b, x, levels[kLevels - 1 - i], "up_block" + std::to_string(i), width);
  }
  x = b.dropout(x, "drop", {.p = 0.2});
  b.part(Part::head);
  return b.finish(biasedConv(b, x, "out_conv1", ports.classes, 1));
}

}  // namespace

NetRow ritnetRow() {
  return {
      .name = "ritnet",
      .summary = "RITnet (Chaudhary et al., ICCVW 2019), which won OpenEDS 2019",
      .options = RitnetOptions{},
      .build = typed<buildRitnet>,
      .sizeMultiple = 16,
  };
}

}  // namespace limbus
