// One file of named float tensors with facts about them: what a checkpoint is on disk.
//
//   {"format": "limbus-tensors", "version": 1, "checksum": "...", "facts": {...},
//    "tensors": [["weights/conv.weight", [18,1,3,3]], ...]}  <newline>
//   the values of all tensors in that order, 32-bit little-endian floats
//
// Reading checks everything: a file that ends early, has a byte too many or a byte changed is an
// error.
#pragma once

#include <string>
#include <string_view>

#include "shared/json_reader.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

struct TensorFile {
  Json facts = Json::object();
  Weights tensors;
};

std::string packTensors(const TensorFile& file);
Result<TensorFile> unpackTensors(std::string_view bytes);

}  // namespace limbus
