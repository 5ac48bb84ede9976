// What sees an image at several extents at once: pools to few bins (Zhao et al., "Pyramid Scene
// Parsing Network", CVPR 2017) and convs of several dilations (Chen et al., "Encoder-Decoder with
// Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018).
#pragma once

#include <string>
#include <vector>

#include "shared/graph/builder.h"

namespace limbus {

// The input and its means over bins, joined; then a 3x3 conv to `out` channels and a dropout.
// Parameters "<name>.stages.0.1.weight", ..., "<name>.bottleneck.0.weight".
ValueId pyramidPool(Builder& b, ValueId x, const std::string& name, const std::vector<int>& bins,
                    std::int64_t out);

// A 1x1 conv, a 3x3 conv for each dilation, the mean of all; joined and brought to `out` channels.
// Parameters "<name>.aspp1.0.weight", ..., "<name>.avg_pool.1.weight", "<name>.conv1.weight".
ValueId atrousPyramid(Builder& b, ValueId x, const std::string& name,
                      const std::vector<int>& dilations, std::int64_t out);

}  // namespace limbus
