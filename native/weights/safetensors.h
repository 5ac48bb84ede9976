// safetensors, the format of huggingface/safetensors: eight bytes with the length of a header, the
// header as JSON (of each tensor "dtype", "shape" and "data_offsets"), then the values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/weights/stored_tensor.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

constexpr std::size_t kMostHeaderBytes = std::size_t{1} << 24;

struct Safetensors {
  Json metadata;                                              // an object of texts; null: none
  std::vector<std::pair<std::string, StoredTensor>> tensors;  // as they lie in the file
  std::string_view body;                                      // all values
};

// A header's length where a text file has letters.
bool isSafetensors(std::string_view bytes);

// Tensors fill the body without gaps or overlaps, as the format wants; they point into `bytes`.
Result<Safetensors> readSafetensors(std::string_view bytes);

}  // namespace limbus
