// ResNets of bottlenecks, for networks that mirror them.
#pragma once

#include <string>
#include <vector>

#include "shared/nets/features.h"

namespace limbus {

struct PooledFeatures {
  Features features;
  MaxPooled stem;  // of the pool behind the first features
};

// `blocks`: of the four stages, of 4 to 32 times `width` channels. Names as those of the encoder.
PooledFeatures encodeResnet(Builder& b, const std::vector<int>& blocks, int width);

// Of one size and as many channels as `x`, a multiple of four: <name>.conv1, ...
ValueId resnetBottleneck(Builder& b, ValueId x, const std::string& name);

}  // namespace limbus
