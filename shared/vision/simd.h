// Four floats at a time on every target.
//
// The vector types of GCC and Clang, which become SSE2, NEON or wasm SIMD and never fuse two
// operations into one. OpenCV's universal intrinsics are not used here: outside OpenCV's own build
// 4.6 emulates them on wasm, and their spelling changes with the version.
#pragma once

#include <cstdint>
#include <cstring>

namespace limbus::simd {

using Floats = float __attribute__((vector_size(16)));
using Words = std::int32_t __attribute__((vector_size(16)));
using Bytes = std::uint8_t __attribute__((vector_size(4)));

constexpr int kLanes = 4;

inline Floats load(const float* p) {
  Floats value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// Four pixels of four bytes; the first byte is the lowest of its lane (little-endian targets only).
inline Words loadPixels(const std::uint8_t* p) {
  Words value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

inline Floats splat(float value) { return Floats{value, value, value, value}; }
inline Words splat(std::int32_t value) { return Words{value, value, value, value}; }

// All bits of a lane, or none.
inline Words greater(Floats a, Floats b) { return a > b; }

inline Floats select(Words mask, Floats a, Floats b) { return mask ? a : b; }
inline Words select(Words mask, Words a, Words b) { return mask ? a : b; }

// Four lanes of 0 .. 255 to bytes.
inline void storeBytes(std::uint8_t* p, Words value) {
  const Bytes bytes = __builtin_convertvector(value, Bytes);
  std::memcpy(p, &bytes, sizeof bytes);
}

}  // namespace limbus::simd
