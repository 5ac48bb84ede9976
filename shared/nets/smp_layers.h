// What the decoders of segmentation_models.pytorch have in common: initial values and the head.
#pragma once

#include "shared/graph/builder.h"

namespace limbus {

// Of the decoder: Kaiming's uniform values for what follows is a ReLU.
inline constexpr Initialisation kSmpStart{.weight = Init::uniform, .value = 6, .bias = Init::zeros};

// "segmentation_head.0": the last conv, Xavier's uniform values. What follows is the head.
ValueId smpHead(Builder& b, ValueId x, int classes, int kernel);

}  // namespace limbus
