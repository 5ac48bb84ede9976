// Layers that many architectures are made of. Names are given in full below the builder's scope:
// parameters keep those of the networks that weights come from.
#pragma once

#include <string>

#include "shared/graph/builder.h"

namespace limbus {

// Of most networks of yassouali/pytorch-segmentation.
inline constexpr Initialisation kNormalStart{.weight = Init::kaimingNormal, .normBias = 1e-4};

// A 3x3 conv that keeps the size, or divides it by its stride.
inline ConvOptions threeByThree(std::int64_t out, int stride = 1, int dilation = 1,
                                int groups = 1) {
  return {.out = out,
          .kernel = 3,
          .stride = stride,
          .padding = dilation,
          .dilation = dilation,
          .groups = groups};
}

inline ValueId convNorm(Builder& b, ValueId x, const std::string& conv, const std::string& norm,
                        const ConvOptions& options, const BatchNormOptions& normOptions = {}) {
  return b.batchNorm(b.conv(x, conv, options), norm, normOptions);
}

inline ValueId convNormRelu(Builder& b, ValueId x, const std::string& conv, const std::string& norm,
                            const ConvOptions& options) {
  return b.relu(convNorm(b, x, conv, norm, options), norm + ".act");
}

// PyTorch's Sequential(conv, norm, relu): <name>.0 and <name>.1.
inline ValueId convNormRelu(Builder& b, ValueId x, const std::string& name,
                            const ConvOptions& options) {
  return convNormRelu(b, x, name + ".0", name + ".1", options);
}

}  // namespace limbus
