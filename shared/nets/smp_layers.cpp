#include "shared/nets/smp_layers.h"

#include <cmath>

namespace limbus {

ConvOptions smpConv(std::int64_t in, std::int64_t out, int kernel, bool bias) {
  const auto fanIn = static_cast<double>(in * kernel * kernel);
  return {.out = out,
          .kernel = kernel,
          .padding = kernel / 2,
          .bias = bias,
          .init = Init::uniform,
          .initValue = std::sqrt(6 / fanIn),
          .biasInit = Init::zeros};
}

ValueId smpHead(Builder& b, ValueId x, int classes, int kernel) {
  b.part(Part::head);
  const auto fans = static_cast<double>((b.channels(x) + classes) * kernel * kernel);
  ConvOptions conv = smpConv(b.channels(x), classes, kernel, true);
  conv.initValue = std::sqrt(6 / fans);
  return b.conv(x, "segmentation_head.0", conv);
}

}  // namespace limbus
