// The files behind samples by what the file system says of them: nothing is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "native/data/dataset.h"

namespace limbus {

// Of images and masks, where those are files (SampleFacts).
struct FileStates {
  std::string sizes = {};     // "48 of hash 0123456789abcdef": how many, and their bytes in order
  std::int64_t newestUs = 0;  // when the last of them was changed, in microseconds since 1970
};

FileStates fileStates(const std::vector<const Dataset*>& sets);

// Those that were changed after `timeUs`, in order.
std::vector<std::filesystem::path> filesChangedAfter(const std::vector<const Dataset*>& sets,
                                                     std::int64_t timeUs);

}  // namespace limbus
