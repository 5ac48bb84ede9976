#include "shared/half.h"

#include <cstring>

namespace limbus {
namespace {

float asFloat(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint32_t bitsOf(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

}  // namespace

float halfToFloat(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16, exponent = (half >> 10) & 31U,
                      fraction = half & 1023U;
  if (exponent == 31) return asFloat(sign | 0x7f800000U | fraction << 13);
  if (exponent > 0) return asFloat(sign | (exponent + 112) << 23 | fraction << 13);
  const float small = static_cast<float>(fraction) * (1.0F / (1 << 24));
  return sign != 0 ? -small : small;
}

std::uint16_t floatToHalf(float value) {
  const std::uint32_t bits = bitsOf(value), sign = (bits >> 16) & 0x8000U,
                      magnitude = bits & 0x7fffffffU;
  const auto with = [sign](std::uint32_t half) { return static_cast<std::uint16_t>(sign | half); };
  if (magnitude > 0x7f800000U) return with(0x7e00);   // NaN
  if (magnitude >= 0x477ff000U) return with(0x7c00);  // rounds beyond 65504
  if (magnitude < 0x38800000U) {  // below 2^-14: the sum rounds to its last place
    return with(bitsOf(asFloat(magnitude) + 0.5F) - bitsOf(0.5F));
  }
  const std::uint32_t odd = (magnitude >> 13) & 1U;
  return with((magnitude - 0x38000000U + 0xfffU + odd) >> 13);
}

}  // namespace limbus
