// A sample as training sees it, before it becomes network input.
#pragma once

#include <vector>

#include "native/data/augment/augment.h"
#include "native/data/dataset.h"

namespace limbus {

// Sample `index` of the data set, augmented by draws that (seed, epoch, index) alone name; without
// a label its mask is void everywhere. Errors of augmentations name the sample.
Result<Sample> augmentedSample(const Dataset& dataset, const std::vector<Augmentation>& list,
                               std::uint64_t seed, std::size_t index, std::uint32_t epoch);

}  // namespace limbus
