// TensorProto, the part of an ONNX file where hostile sizes hide.
#pragma once

#include "shared/onnx/proto.h"

namespace limbus {

constexpr std::size_t kMaxOnnxRank = 16;  // of a tensor or a declared shape

Result<OnnxTensor> parseOnnxTensor(std::string_view message, OnnxForm form);

// Reads a repeated integer field entry, packed or not.
Result<void> appendIntegers(const struct WireField& field, std::vector<std::int64_t>& values,
                            std::size_t limit);

// The same for floats.
Result<void> appendFloats(const struct WireField& field, std::vector<float>& values);

bool isOnnxFloating(int type);

}  // namespace limbus
