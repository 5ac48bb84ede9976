// What torch.save writes: a ZIP of a pickle and raw storages, or, before torch 1.6, pickles and
// storages one behind the other.
#pragma once

#include <string>

#include "native/weights/weight_file.h"
#include "shared/result.h"

namespace limbus {

bool isTorchFile(const std::string& bytes);

Result<WeightFile> readTorchFile(std::string bytes);

}  // namespace limbus
