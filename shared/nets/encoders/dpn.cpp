// DPN: Chen, Li, Xiao, Jin, Yan, Feng, "Dual Path Networks", NIPS 2017: a residual path and a dense
// one share their layers. Layers and parameter names are those of pretrainedmodels.
#include <string>

#include "shared/nets/encoders.h"
#include "shared/nets/encoders/classifier.h"
#include "shared/nets/encoders/output_stride.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct DpnOptions {
  int stem, inner, groups;
  int blocks[4];
  int growth[4];  // of the dense path, per block
  int outputStride = 0;
  bool classifier = false;

  void describe(OptionVisitor& v) {
    describeOutputStride(v, outputStride);
    describeClassifier(v, classifier);
  }
};

constexpr BatchNormOptions kDpnNorm{.eps = 1e-3};

ValueId preactivatedConv(Builder& b, ValueId x, const std::string& name,
                         const ConvOptions& options) {
  const auto scope = b.scope(name);
  return b.conv(b.relu(b.batchNorm(x, "bn", kDpnNorm), "act"), "conv", options);
}

struct Paths {
  ValueId residual, dense;
};

struct DpnStage {
  const char* projection;  // what starts the paths of its first block
  std::int64_t residual, inner, growth, groups;
  Strides::Step step;
};

Paths split(Builder& b, ValueId x, const std::string& name, std::int64_t residual) {
  return {b.slice(x, name + ".residual", 0, residual),
          b.slice(x, name + ".dense", residual, b.channels(x) - residual)};
}

// `first`: of its stage.
Paths dualPathBlock(Builder& b, ValueId x, Paths paths, const std::string& name,
                    const DpnStage& stage, bool first) {
  const auto scope = b.scope(name);
  const int stride = first ? stage.step.stride : 1, dilation = stage.step.dilation;
  if (first) {
    const ValueId y = preactivatedConv(
        b, x, stage.projection, {.out = stage.residual + 2 * stage.growth, .stride = stride});
    paths = split(b, y, "start", stage.residual);
  }
  x = preactivatedConv(b, x, "c1x1_a", {.out = stage.inner});
  x = preactivatedConv(b, x, "c3x3_b",
                       {.out = stage.inner,
                        .kernel = 3,
                        .stride = stride,
                        .padding = dilation,
                        .dilation = dilation,
                        .groups = stage.groups});
  x = preactivatedConv(b, x, "c1x1_c", {.out = stage.residual + stage.growth});
  const Paths more = split(b, x, "more", stage.residual);
  return {b.add(paths.residual, more.residual, "sum"), b.concat({paths.dense, more.dense}, "join")};
}

Features encodeImage(Builder& b, const EncoderWish& wish, const DpnOptions& options) {
  const auto scope = b.scope("features");
  ValueId x = b.conv(b.input(), "conv1_1.conv",
                     {.out = options.stem, .kernel = 7, .stride = 2, .padding = 3});
  x = b.relu(b.batchNorm(x, "conv1_1.bn", kDpnNorm), "conv1_1.act");
  Features features{{x, b.channels(x), 2}};
  x = b.maxPool(x, "conv1_1.pool", {.kernel = 3, .stride = 2, .padding = 1});
  Strides strides(strideOf(options.outputStride, wish), 4);
  for (int s = 0; s < 4; ++s) {
    const DpnStage stage{.projection = s == 0 ? "c1x1_w_s1" : "c1x1_w_s2",
                         .residual = std::int64_t{256} << s,
                         .inner = std::int64_t{options.inner} << s,
                         .growth = options.growth[s],
                         .groups = options.groups,
                         .step = strides.next(s == 0 ? 1 : 2)};
    const std::string prefix = "conv" + std::to_string(s + 2) + "_";
    Paths paths{};
    for (int i = 0; i < options.blocks[s]; ++i) {
      const std::string name = prefix + std::to_string(i + 1);
      paths = dualPathBlock(b, x, paths, name, stage, i == 0);
      x = b.concat({paths.residual, paths.dense}, name + ".both");
    }
    if (s == 3) x = b.relu(b.batchNorm(x, "conv5_bn_ac.bn", kDpnNorm), "conv5_bn_ac.act");
    const bool bare = wish.activated && s < 3;
    const ValueId seen = bare ? b.relu(x, prefix + "seen") : x;
    features.push_back({seen, b.channels(x), stage.step.reached});
  }
  return features;
}

Features buildDpn(Builder& b, const EncoderWish& wish, const DpnOptions& options) {
  Features features = encodeImage(b, wish, options);
  if (options.classifier) classifyImages(b, features.back().value, "last_linear");
  return features;
}

EncoderRow dpnRow(const char* name, const char* summary, DpnOptions options) {
  return {.name = name, .summary = summary, .options = options, .build = typed<buildDpn>};
}

}  // namespace

std::vector<EncoderRow> dpnRows() {
  return {
      dpnRow("dpn92", "DPN (Chen et al., NIPS 2017), 92 layers",
             {64, 96, 32, {3, 4, 20, 3}, {16, 32, 24, 128}}),
      dpnRow("dpn98", "DPN, 98 layers", {96, 160, 40, {3, 6, 20, 3}, {16, 32, 32, 128}}),
      dpnRow("dpn107", "DPN, 107 layers", {128, 200, 50, {4, 8, 20, 3}, {20, 64, 64, 128}}),
      dpnRow("dpn131", "DPN, 131 layers", {128, 160, 40, {4, 8, 28, 3}, {16, 32, 32, 128}}),
  };
}

}  // namespace limbus
