// U-Net: Ronneberger, Fischer, Brox, "U-Net: Convolutional Networks for Biomedical Image
// Segmentation", MICCAI 2015, with padded convs, batch norms and resizing to each skip's size.
#include <string>

#include "shared/graph/builder.h"
#include "shared/nets/features.h"
#include "shared/nets/nets.h"

namespace limbus {
namespace {

struct UnetOptions {
  int width = 64;

  void describe(OptionVisitor& v) {
    v.whole("width", width, {4, 256}, "channels at full size; doubled at each of four levels");
  }
};

ValueId doubleConv(Builder& b, ValueId x, const std::string& name, std::int64_t out) {
  const auto scope = b.scope(name);
  for (const char* step : {"1", "2"}) {
    x = b.conv(x, std::string("conv") + step,
               {.out = out, .kernel = 3, .padding = 1, .bias = true});
    x = b.relu(b.batchNorm(x, std::string("norm") + step), std::string("act") + step);
  }
  return x;
}

ValueId up(Builder& b, ValueId x, const Scale& skip, const std::string& name) {
  const auto scope = b.scope(name);
  x = b.deconv(x, "deconv", {.out = skip.channels, .kernel = 2, .stride = 2, .bias = true});
  x = b.resize(x, "fit", {.alignCorners = true, .like = skip.value});
  return doubleConv(b, b.concat({skip.value, x}, "join"), "convs", skip.channels);
}

Graph buildUnet(const NetPorts& ports, const UnetOptions& options) {
  Builder b("unet", ports.inputChannels);
  const auto start = b.initialised({.weight = Init::kaimingNormal, .bias = Init::zeros});
  const Features features = unetEncoder(b, options.width);
  b.part(Part::decoder);
  const ValueId x = unetDecoder(b, features);
  b.part(Part::head);
  return b.finish(b.conv(x, "classifier", {.out = ports.classes, .kernel = 1, .bias = true}));
}

}  // namespace

Features unetEncoder(Builder& b, int width) {
  constexpr int kLevels = 4;
  Features features;
  ValueId x = b.input();
  for (int level = 0; level <= kLevels; ++level) {
    const std::string name = level < kLevels ? "down" + std::to_string(level + 1) : "middle";
    x = doubleConv(b, x, name, std::int64_t{width} << level);  // [N,width*2^level,H/2^level,...]
    features.push_back({x, b.channels(x), 1 << level});
    if (level < kLevels) x = b.maxPool(x, name + ".pool", {.ceil = true});
  }
  return features;
}

ValueId unetDecoder(Builder& b, const Features& features) {
  ValueId x = features.back().value;
  for (std::size_t level = features.size() - 1; level-- > 0;) {
    x = up(b, x, features[level], "up" + std::to_string(level + 1));
  }
  return x;
}

NetRow unetRow() {
  return {
      .name = "unet",
      .summary = "U-Net (Ronneberger et al., MICCAI 2015) with batch norms, any image size",
      .options = UnetOptions{},
      .build = typed<buildUnet>,
      .sizeMultiple = 16,
      .usualChannels = 3,
  };
}

}  // namespace limbus
