// Small pieces of a page: numbers as text, cells, sections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace limbus {

std::string decimals(double value, int places);
std::string percent(const std::optional<double>& share);  // "93.12"; a dash where there is none
std::string thousands(std::int64_t value);                // "1 234 567", narrow spaces that hold

// <TAG class="KIND">CONTENT</TAG>; `content` is markup already.
std::string element(const std::string& tag, const std::string& kind, const std::string& content);
std::string numberCell(const std::string& content);
std::string headCell(const std::string& text, bool number = true);
// Where a chart that is a square has it, px of the drawing.
constexpr double kSquareSide = 320, kSquareLeft = 52, kSquareTop = 12;
// Text inside a drawing, as it is.
std::string svgLabel(double x, double y, const char* anchor, const std::string& text);
std::string section(const std::string& id, const std::string& title, const std::string& content);

}  // namespace limbus
