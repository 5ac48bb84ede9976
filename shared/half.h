// IEEE 754 half precision, as ONNX's float16 and PyTorch's half, from and to float.
#pragma once

#include <cstdint>

namespace limbus {

// Exact; infinities and NaN stay what they are.
float halfToFloat(std::uint16_t half);

// To nearest, ties to even; beyond 65504 an infinity.
std::uint16_t floatToHalf(float value);

}  // namespace limbus
