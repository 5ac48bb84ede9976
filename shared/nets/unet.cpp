// U-Net: Ronneberger, Fischer, Brox, "U-Net: Convolutional Networks for Biomedical Image
// Segmentation", MICCAI 2015, with padded convs, batch norms and resizing to each skip's size.
#include <string>

#include "shared/graph/builder.h"
#include "shared/nets/architectures.h"

namespace limbus {
namespace {

ValueId doubleConv(Builder& b, ValueId x, const std::string& name, std::int64_t out) {
  const auto scope = b.scope(name);
  for (const char* step : {"1", "2"}) {
    x = b.conv(x, std::string("conv") + step,
               {.out = out, .kernel = 3, .padding = 1, .bias = true, .init = Init::kaimingNormal});
    x = b.relu(b.batchNorm(x, std::string("norm") + step), std::string("act") + step);
  }
  return x;
}

ValueId up(Builder& b, ValueId x, ValueId skip, const std::string& name) {
  const auto scope = b.scope(name);
  const std::int64_t out = b.channels(skip);
  x = b.deconv(x, "deconv", {.out = out, .kernel = 2, .stride = 2, .bias = true});
  x = b.resize(x, "fit", {.alignCorners = true, .like = skip});
  return doubleConv(b, b.concat({skip, x}, "join"), "convs", out);
}

Graph build(const OptionValues& options) {
  constexpr int kLevels = 4;
  const auto option = [&](const char* name) { return static_cast<int>(options.at(name)); };
  const int width = option("width");
  Builder b("unet", option("inputChannels"));

  ValueId skips[kLevels];
  ValueId x = b.input();
  for (int level = 0; level < kLevels; ++level) {
    const std::string name = "down" + std::to_string(level + 1);
    skips[level] = doubleConv(b, x, name, std::int64_t{width} << level);
    x = b.maxPool(skips[level], name + ".pool", {.ceil = true});
  }
  x = doubleConv(b, x, "middle", std::int64_t{width} << kLevels);
  for (int level = kLevels; level-- > 0;) {
    x = up(b, x, skips[level], "up" + std::to_string(level + 1));
  }
  return b.finish(
      b.conv(x, "classifier",
             {.out = option("classes"), .kernel = 1, .bias = true, .init = Init::kaimingNormal}));
}

}  // namespace

NetRow unetRow() {
  return {
      .name = "unet",
      .summary = "U-Net (Ronneberger et al., MICCAI 2015) with batch norms, any image size",
      .options = {{"width", 64, 4, 256, "channels at full size; doubled at each of four levels"},
                  inputChannelsOption(3),
                  classesOption()},
      .build = build,
      .sizeMultiple = 16,
  };
}

}  // namespace limbus
