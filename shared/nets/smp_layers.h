// What the decoders of segmentation_models.pytorch have in common: initial values and the head.
#pragma once

#include "shared/graph/builder.h"

namespace limbus {

// A conv of odd `kernel` that keeps the size, Kaiming's uniform values for what follows is a ReLU.
ConvOptions smpConv(std::int64_t in, std::int64_t out, int kernel, bool bias = false);

// "segmentation_head.0": the last conv, Xavier's uniform values. What follows is the head.
ValueId smpHead(Builder& b, ValueId x, int classes, int kernel);

}  // namespace limbus
