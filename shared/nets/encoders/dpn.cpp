// DPN: Chen, Li, Xiao, Jin, Yan, Feng, "Dual Path Networks", NIPS 2017: a residual path and a dense
// one share their layers. Layers and parameter names are those of pretrainedmodels.
#include <string>

#include "shared/nets/encoders/families.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct DpnOptions {
  int stem, inner, groups;
  int blocks[4];
  int growth[4];  // of the dense path, per block

  void describe(OptionVisitor&) {}
};

constexpr BatchNormOptions kNorm{.eps = 1e-3};

ValueId normReluConv(Builder& b, ValueId x, const std::string& name, const ConvOptions& options) {
  const auto scope = b.scope(name);
  return b.conv(b.relu(b.batchNorm(x, "bn", kNorm), "act"), "conv", options);
}

struct Paths {
  ValueId residual, dense;
};

struct Stage {
  std::int64_t residual, inner, growth, groups;
};

Paths split(Builder& b, ValueId x, const std::string& name, std::int64_t residual) {
  return {b.slice(x, name + ".residual", 0, residual),
          b.slice(x, name + ".dense", residual, b.channels(x) - residual)};
}

// `first`: of a stage, whose paths a projection starts.
Paths dualPathBlock(Builder& b, ValueId x, Paths paths, const std::string& name, const Stage& stage,
                    bool first, int stride) {
  const auto scope = b.scope(name);
  if (first) {
    const std::string projection = stride == 2 ? "c1x1_w_s2" : "c1x1_w_s1";
    const ValueId y = normReluConv(b, x, projection,
                                   {.out = stage.residual + 2 * stage.growth, .stride = stride});
    paths = split(b, y, "start", stage.residual);
  }
  x = normReluConv(b, x, "c1x1_a", {.out = stage.inner});
  x = normReluConv(
      b, x, "c3x3_b",
      {.out = stage.inner, .kernel = 3, .stride = stride, .padding = 1, .groups = stage.groups});
  x = normReluConv(b, x, "c1x1_c", {.out = stage.residual + stage.growth});
  const Paths more = split(b, x, "more", stage.residual);
  return {b.add(paths.residual, more.residual, "sum"), b.concat({paths.dense, more.dense}, "join")};
}

Features build(Builder& b, const EncoderWish&, const DpnOptions& options) {
  const auto scope = b.scope("features");
  ValueId x = b.conv(b.input(), "conv1_1.conv",
                     {.out = options.stem, .kernel = 7, .stride = 2, .padding = 3});
  x = b.relu(b.batchNorm(x, "conv1_1.bn", kNorm), "conv1_1.act");
  Features features{{x, b.channels(x), 2}};
  x = b.maxPool(x, "conv1_1.pool", {.kernel = 3, .stride = 2, .padding = 1});
  for (int s = 0; s < 4; ++s) {
    const Stage stage{std::int64_t{256} << s, std::int64_t{options.inner} << s, options.growth[s],
                      options.groups};
    const std::string prefix = "conv" + std::to_string(s + 2) + "_";
    Paths paths{};
    for (int i = 0; i < options.blocks[s]; ++i) {
      const std::string name = prefix + std::to_string(i + 1);
      paths = dualPathBlock(b, x, paths, name, stage, i == 0, i == 0 && s > 0 ? 2 : 1);
      x = b.concat({paths.residual, paths.dense}, name + ".both");
    }
    // Decoders get what is not negative, as in segmentation_models.pytorch.
    const ValueId ends = s == 3 ? b.relu(b.batchNorm(x, "conv5_bn_ac.bn", kNorm), "conv5_bn_ac.act")
                                : b.relu(x, prefix + "skip");
    features.push_back({ends, b.channels(x), 4 << s});
  }
  return features;
}

EncoderRow row(const char* name, const char* summary, DpnOptions options) {
  return {.name = name, .summary = summary, .options = options, .build = typed<build>};
}

}  // namespace

std::vector<EncoderRow> dpnRows() {
  return {
      row("dpn92", "DPN (Chen et al., NIPS 2017), 92 layers",
          {64, 96, 32, {3, 4, 20, 3}, {16, 32, 24, 128}}),
      row("dpn98", "DPN, 98 layers", {96, 160, 40, {3, 6, 20, 3}, {16, 32, 32, 128}}),
      row("dpn107", "DPN, 107 layers", {128, 200, 50, {4, 8, 20, 3}, {20, 64, 64, 128}}),
      row("dpn131", "DPN, 131 layers", {128, 160, 40, {4, 8, 28, 3}, {16, 32, 32, 128}}),
  };
}

}  // namespace limbus
