// Arguments that are more than one word: NAME=NUMBER, and extents such as 640x400.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace limbus {

struct NamedNumber {
  std::string name;
  double number = 0;
};

// Cut at the last '='; nothing when the text is something else.
std::optional<NamedNumber> parseNamedNumber(const std::string& text);

// "1x640x400": `count` whole numbers from 1 to 999999 with an x between; nothing otherwise.
std::optional<std::vector<int>> parseExtents(const std::string& text, std::size_t count);

}  // namespace limbus
