// safetensors of a header as it is given, true or not, and a body.
#pragma once

#include <cstdint>
#include <string>

inline std::string safetensorsOf(const std::string& header, const std::string& body) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + body;
}
