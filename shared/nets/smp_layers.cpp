#include "shared/nets/smp_layers.h"

#include <cmath>

namespace limbus {

ValueId smpHead(Builder& b, ValueId x, int classes, int kernel) {
  b.part(Part::head);
  const auto fans = static_cast<double>((b.channels(x) + classes) * kernel * kernel);
  return b.conv(x, "segmentation_head.0",
                {.out = classes,
                 .kernel = kernel,
                 .padding = kernel / 2,
                 .bias = true,
                 .init = Init::uniform,
                 .initValue = std::sqrt(6 / fans)});
}

}  // namespace limbus
