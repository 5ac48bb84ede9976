// DABNet: depth-wise asymmetric bottlenecks at an eighth of the image size.
// Li, Yun, Kim, Kim, "DABNet: Depth-wise Asymmetric Bottleneck for Real-time Semantic
// Segmentation", BMVC 2019. Width 32 is the paper's network; width 18 with one input channel came
// second in the OpenEDS 2019 semantic segmentation challenge.
#include <algorithm>
#include <string>

#include "shared/graph/builder.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct DabnetOptions {
  int width = 18;
  int block1 = 3;
  int block2 = 6;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {2, 256}, "channels at half size; twice and four times as many below");
    v.whole("block1", block1, {1, 12}, "modules at a quarter of the size, dilation 2");
    v.whole("block2", block2, {1, 24},
            "modules at an eighth, dilations 4, 4, 8, 8, 16, 16, 16, ...");
  }
};

ValueId normAct(Builder& b, ValueId x) {
  return b.prelu(b.batchNorm(x, "norm", {.eps = 1e-3}), "act");
}

ValueId normAct(Builder& b, ValueId x, const std::string& name) {
  const auto scope = b.scope(name);
  return normAct(b, x);
}

ValueId convNormAct(Builder& b, ValueId x, const std::string& name, const ConvOptions& options) {
  const auto scope = b.scope(name);
  return normAct(b, b.conv(x, "conv", options));
}

// Two depthwise convs, 3x1 then 1x3, `dilation` apart.
ValueId asymmetricBranch(Builder& b, ValueId x, const std::string& name, int dilation) {
  const auto scope = b.scope(name);
  const std::int64_t n = b.channels(x);
  x = convNormAct(b, x, "vertical",
                  {.out = n,
                   .kernel = {3, 1},
                   .padding = {dilation, 0},
                   .dilation = {dilation, 1},
                   .groups = n});
  return convNormAct(b, x, "horizontal",
                     {.out = n,
                      .kernel = {1, 3},
                      .padding = {0, dilation},
                      .dilation = {1, dilation},
                      .groups = n});
}

// The DAB module: a local and a dilated branch at half the width, added to the input.
ValueId dabModule(Builder& b, ValueId x, const std::string& name, int dilation) {
  const auto scope = b.scope(name);
  const std::int64_t n = b.channels(x);
  ValueId y = normAct(b, x, "pre");
  y = convNormAct(b, y, "reduce", {.out = n / 2, .kernel = 3, .padding = 1});
  const ValueId local = asymmetricBranch(b, y, "local", 1);
  const ValueId wide = asymmetricBranch(b, y, "wide", dilation);
  y = normAct(b, b.add(local, wide, "sum"), "post");
  y = b.conv(y, "expand", {.out = n, .kernel = 1});
  return b.add(y, x, "residual");
}

// Halves the size: a strided conv, filled up with the max-pooled input where that is narrower.
// The pool rounds up as the conv does, so that odd sizes work.
ValueId halve(Builder& b, ValueId x, const std::string& name, std::int64_t out) {
  const auto scope = b.scope(name);
  const std::int64_t in = b.channels(x);
  const std::int64_t learned = in < out ? out - in : out;
  ValueId y = b.conv(x, "conv", {.out = learned, .kernel = 3, .stride = 2, .padding = 1});
  if (in < out) y = b.concat({y, b.maxPool(x, "pool", {.ceil = true})}, "join");
  return normAct(b, y);
}

ValueId block(Builder& b, ValueId x, const std::string& name, int count,
              const int (&dilations)[6]) {
  const auto scope = b.scope(name);
  for (int i = 0; i < count; ++i) {
    x = dabModule(b, x, std::to_string(i), dilations[std::min(i, 5)]);
  }
  return x;
}

ValueId joinNormAct(Builder& b, const std::vector<ValueId>& xs, const std::string& name) {
  const auto scope = b.scope(name);
  return normAct(b, b.concat(xs, "join"));
}

Graph buildDabnet(const NetPorts& ports, const DabnetOptions& options) {
  const int width = options.width;
  Builder b("dabnet", ports.inputChannels);

  ValueId half = b.input();
  {
    const auto scope = b.scope("init");
    half = convNormAct(b, half, "0", {.out = width, .kernel = 3, .stride = 2, .padding = 1});
    half = convNormAct(b, half, "1", {.out = width, .kernel = 3, .padding = 1});
    half = convNormAct(b, half, "2", {.out = width, .kernel = 3, .padding = 1});
  }
  ValueId injected[3];  // the image itself at 1/2, 1/4, 1/8
  ValueId image = b.input();
  for (int i = 0; i < 3; ++i) {
    image = b.avgPool(image, "inject" + std::to_string(i + 1),
                      {.kernel = 3, .stride = 2, .padding = 1});
    injected[i] = image;
  }
  half = joinNormAct(b, {half, injected[0]}, "cat0");

  const ValueId down1 = halve(b, half, "down1", 2 * width);
  const ValueId block1 = block(b, down1, "block1", options.block1, {2, 2, 2, 2, 2, 2});
  const ValueId quarter = joinNormAct(b, {block1, down1, injected[1]}, "cat1");

  const ValueId down2 = halve(b, quarter, "down2", 4 * width);
  const ValueId block2 = block(b, down2, "block2", options.block2, {4, 4, 8, 8, 16, 16});
  const ValueId eighth = joinNormAct(b, {block2, down2, injected[2]}, "cat2");

  b.part(Part::head);
  const ValueId logits =
      b.conv(eighth, "classifier", {.out = ports.classes, .kernel = 1});  // [N,K,H/8,W/8]
  return b.finish(b.resize(logits, "up", {.like = b.input()}));
}

}  // namespace

NetRow dabnetRow() {
  return {
      .name = "dabnet",
      .summary = "DABNet (Li et al., BMVC 2019); width 18 is the OpenEDS 2019 runner-up",
      .options = DabnetOptions{},
      .build = typed<buildDabnet>,
      .sizeMultiple = 8,
  };
}

}  // namespace limbus
