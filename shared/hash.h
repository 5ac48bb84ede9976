// FNV-1a, 64 bits: a fingerprint of bytes, for tests that compare targets. Not for security.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace limbus {

inline std::uint64_t fnv1a64(const void* data, std::size_t sizeBytes,
                             std::uint64_t hash = 0xcbf29ce484222325ULL) {
  const unsigned char* bytes = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < sizeBytes; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
  return hash;
}

// Sixteen lower-case hexadecimal digits.
inline std::string hashText(std::uint64_t hash) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = "0123456789abcdef"[(hash >> (4 * i)) & 15];
  }
  return text;
}

}  // namespace limbus
