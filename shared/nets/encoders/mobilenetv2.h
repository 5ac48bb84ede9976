// MobileNetV2's layers as torchvision names them, for networks that arrange them anew.
#pragma once

#include <string>

#include "shared/graph/builder.h"

namespace limbus {

// Conv, norm, ReLU6: <name>.0, <name>.1.
ValueId convNormRelu6(Builder& b, ValueId x, const std::string& name, const ConvOptions& options);

struct InvertedResidual {
  int expansion;
  std::int64_t out;
  int stride = 1, dilation = 1;
};

// Widened by a 1x1 conv, seen through a depthwise 3x3 window, narrowed again without an activation;
// added to `x` where the shapes agree: <name>.conv.0.0, ...
ValueId invertedResidual(Builder& b, ValueId x, const std::string& name,
                         const InvertedResidual& block);

}  // namespace limbus
