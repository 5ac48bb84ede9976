// Numbers as files store them, the lowest byte first.
#pragma once

#include <cstdint>
#include <string_view>

namespace limbus {

// Of at most 8 bytes.
inline std::uint64_t littleEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

}  // namespace limbus
