// Colours as people write them: "#ff8800".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace limbus {

std::optional<std::array<std::uint8_t, 3>> parseColour(const std::string& text);
std::string colourText(const std::array<std::uint8_t, 3>& colour);

}  // namespace limbus
