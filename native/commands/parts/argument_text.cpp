#include "native/commands/parts/argument_text.h"

#include <charconv>
#include <cstdlib>

namespace limbus {

std::optional<NamedNumber> parseNamedNumber(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  const char* number = text.c_str() + equals + 1;
  char* end = nullptr;
  const double value = std::strtod(number, &end);
  if (end == number || *end != '\0') return std::nullopt;
  return NamedNumber{text.substr(0, equals), value};
}

std::optional<std::vector<int>> parseExtents(const std::string& text, std::size_t count) {
  constexpr int kMost = 999999;
  std::vector<int> extents;
  const char* next = text.data();
  const char* const end = next + text.size();
  while (extents.size() < count) {
    if (!extents.empty() && (next == end || *next++ != 'x')) return std::nullopt;
    int extent = 0;
    const std::from_chars_result read = std::from_chars(next, end, extent);
    if (read.ec != std::errc() || extent < 1 || extent > kMost) return std::nullopt;
    extents.push_back(extent);
    next = read.ptr;
  }
  if (next != end) return std::nullopt;
  return extents;
}

}  // namespace limbus
