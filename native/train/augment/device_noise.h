// Random (shared/random.h) on a device, for values that every pixel needs: the same bits.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "shared/random.h"

namespace limbus {

// Standard normal values for images of `shape` [N,C,H,W], float: those that Noise (effects.h) takes
// from each image's stream for its pixels in turn, two of each word. `table`: normalTable() on the
// device.
torch::Tensor normalValues(const std::vector<Random>& streams, torch::IntArrayRef shape,
                           const torch::Tensor& table);

// What as many calls of uniform() would give from each stream on: [N,count], double.
torch::Tensor uniformValues(const std::vector<Random>& streams, std::int64_t count,
                            torch::Device device);

}  // namespace limbus
