#include "native/report/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace limbus {
namespace {

std::size_t widthOf(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool isNumber(const std::string& text) {
  if (text.empty() || text == "-") return true;
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == '/' ||
           c == '%';
  });
  return digits && text.find_first_of("0123456789") != std::string::npos;
}

}  // namespace

std::string textTable(const TextRow& head, const std::vector<TextRow>& rows) {
  std::string text;
  std::vector<std::size_t> widths(head.size(), 0);
  std::vector<bool> right(head.size(), !rows.empty());
  for (std::size_t c = 0; c < head.size(); ++c) {
    widths[c] = widthOf(head[c]);
    for (const TextRow& row : rows) {
      widths[c] = std::max(widths[c], widthOf(row[c]));
      if (!isNumber(row[c])) right[c] = false;
    }
  }
  const auto add = [&](const TextRow& row) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string gap(widths[c] - widthOf(row[c]), ' ');
      line += (c == 0 ? "" : "  ") + (right[c] ? gap + row[c] : row[c] + gap);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  add(head);
  for (const TextRow& row : rows) add(row);
  return text;
}

std::string shownNumber(double value, int places) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

}  // namespace limbus
