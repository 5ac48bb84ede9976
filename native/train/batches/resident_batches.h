// The images of a data set as 8-bit tensors in the memory of the device that trains: a batch is
// gathered, augmented and made network input there, and no pixel crosses the bus after the start.
//
// Order, draws and values are the loader's (native/data/loader.h); device_effects.h says where an
// interpolated pixel may differ by one level.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "native/train/batches/batch_source.h"

namespace limbus {

struct Resident {
  std::unique_ptr<BatchSource> batches;  // null: not to be had,
  std::string obstacle;                  // because: "augmentation 'jpeg' is done by workers"
  std::int64_t bytes = 0;                // of the device's memory, for all epochs
};

// Reads the data set once, on `options.workers` threads (0: the caller's alone). Half of what is
// free of the memory may be taken. Errors are those of the data set. `options.mixedSizes` allows
// nothing here: images of several sizes are an obstacle.
Result<Resident> residentBatches(const Dataset& dataset, const InputSpec& input,
                                 const std::vector<Augmentation>& augmentations,
                                 const LoaderOptions& options, torch::Device device);

}  // namespace limbus
