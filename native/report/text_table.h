// A table of text for a terminal: columns as wide as their cells want.
//
//   std::cout << textTable({"run", "best"}, {{"first", "0.93"}});
#pragma once

#include <string>
#include <vector>

namespace limbus {

using TextRow = std::vector<std::string>;

// Columns of numbers ("-" is one too) are aligned right, others left; two spaces between. Every row
// has as many cells as the head; UTF-8 counts by characters.
std::string textTable(const TextRow& head, const std::vector<TextRow>& rows);

// "0.9312"; "-" for what is no number.
std::string shownNumber(double value, int places = 4);

}  // namespace limbus
