#include "shared/colour_text.h"

namespace limbus {
namespace {

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::array<std::uint8_t, 3>> parseColour(const std::string& text) {
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  std::array<std::uint8_t, 3> colour{};
  for (std::size_t i = 0; i < 3; ++i) {
    const int high = hexDigit(text[1 + 2 * i]);
    const int low = hexDigit(text[2 + 2 * i]);
    if (high < 0 || low < 0) return std::nullopt;
    colour[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return colour;
}

std::string colourText(const std::array<std::uint8_t, 3>& colour) {
  static const char* digits = "0123456789abcdef";
  std::string text = "#";
  for (const std::uint8_t part : colour) {
    text += digits[part >> 4];
    text += digits[part & 15];
  }
  return text;
}

}  // namespace limbus
