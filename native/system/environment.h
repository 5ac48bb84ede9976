// Variables of the environment.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace limbus {

// Nothing where it is not set, or empty.
inline std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace limbus
