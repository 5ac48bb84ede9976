// One file of named float tensors with facts about them: what a checkpoint is on disk.
//
// The format is safetensors, which Python opens with the package of that name:
//
//   with safetensors.safe_open("best.safetensors", "pt") as file:
//       file.get_tensor("conv.weight"); json.loads(file.metadata()["facts"])
//
// Its metadata hold "format" (limbus-tensors), "facts" (JSON as text) and "checksum", of the
// values. Reading checks everything: a file that ends early, has a byte too many or a value changed
// is an error. Files of before (.limbus: one line of JSON, then the values) are read too.
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
  bool fromLine = false;  // of a file of before
};

Result<std::string> packTensors(const TensorFile& file);
Result<TensorFile> unpackTensors(std::string_view bytes);

// Whether packTensors() began it; the rest may be damaged. Safetensors of others are none.
bool isTensorFile(std::string_view bytes);

}  // namespace limbus
