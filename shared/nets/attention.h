// Gates of channels and of pixels: Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018, and Roy
// et al., "Concurrent Spatial and Channel Squeeze & Excitation", MICCAI 2018.
#pragma once

#include <string>

#include "shared/graph/builder.h"
#include "shared/options/options.h"

namespace limbus {

enum class Attention { none, se, scse };

void describeAttention(OptionVisitor& v, Attention& attention);

// Of the values of each channel, what they are multiplied by: <name>.1 and <name>.3 are 1x1 convs.
ValueId channelGate(Builder& b, ValueId x, const std::string& name, std::int64_t reduction);

// Parameters as in segmentation_models.pytorch: <name>.attention.cSE.1.weight, ...
ValueId attend(Builder& b, ValueId x, const std::string& name, Attention attention);

}  // namespace limbus
