// DenseNet: Huang, Liu, van der Maaten, Weinberger, "Densely Connected Convolutional Networks",
// CVPR 2017. Layers and parameter names are torchvision's; the features are taken behind the norms
// of the transitions, as segmentation_models.pytorch does.
#include <string>

#include "shared/nets/encoders/families.h"
#include "shared/nets/layers.h"

namespace limbus {
namespace {

struct DensenetOptions {
  int layers[4];
  int growth = 32, stem = 64;

  void describe(OptionVisitor&) {}
};

constexpr Init kInit = Init::kaimingNormal;
constexpr int kBottleneck = 4;  // channels of a layer's inner conv by its growth

ValueId normRelu(Builder& b, ValueId x, const std::string& norm, const std::string& relu) {
  return b.relu(b.batchNorm(x, norm), relu);
}

ValueId denseLayer(Builder& b, ValueId x, const std::string& name, int growth) {
  const auto scope = b.scope(name);
  ValueId y = b.conv(normRelu(b, x, "norm1", "relu1"), "conv1",
                     {.out = std::int64_t{kBottleneck} * growth, .init = kInit});
  y = b.conv(normRelu(b, y, "norm2", "relu2"), "conv2",
             {.out = growth, .kernel = 3, .padding = 1, .init = kInit});
  return b.concat({x, y}, "join");
}

Features build(Builder& b, const EncoderWish&, const DensenetOptions& options) {
  const auto scope = b.scope("features");
  ValueId x = b.conv(b.input(), "conv0",
                     {.out = options.stem, .kernel = 7, .stride = 2, .padding = 3, .init = kInit});
  x = normRelu(b, x, "norm0", "relu0");
  Features features{{x, b.channels(x), 2}};
  x = b.maxPool(x, "pool0", {.kernel = 3, .stride = 2, .padding = 1});
  for (int block = 0; block < 4; ++block) {
    {
      const auto inside = b.scope("denseblock" + std::to_string(block + 1));
      for (int i = 0; i < options.layers[block]; ++i) {
        x = denseLayer(b, x, "denselayer" + std::to_string(i + 1), options.growth);
      }
    }
    const int stride = 4 << block;
    if (block == 3) {
      x = b.batchNorm(x, "norm5");
      features.push_back({x, b.channels(x), stride});
      break;
    }
    const auto inside = b.scope("transition" + std::to_string(block + 1));
    x = normRelu(b, x, "norm", "relu");
    features.push_back({x, b.channels(x), stride});
    x = b.avgPool(b.conv(x, "conv", {.out = b.channels(x) / 2, .init = kInit}), "pool");
  }
  return features;
}

EncoderRow row(const char* name, const char* summary, DensenetOptions options) {
  return {.name = name, .summary = summary, .options = options, .build = typed<build>};
}

}  // namespace

std::vector<EncoderRow> densenetRows() {
  return {
      row("densenet121", "DenseNet (Huang et al., CVPR 2017), 121 layers", {{6, 12, 24, 16}}),
      row("densenet161", "DenseNet, 161 layers", {{6, 12, 36, 24}, 48, 96}),
      row("densenet169", "DenseNet, 169 layers", {{6, 12, 32, 32}}),
      row("densenet201", "DenseNet, 201 layers", {{6, 12, 48, 32}}),
  };
}

}  // namespace limbus
