// Small pieces of text for the terminal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace limbus {

// printf's pattern, up to 511 characters of it.
template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

// Spaces behind it up to `width` bytes.
inline std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

// "1 epoch", "2 epochs"
template <class Whole>
std::string countOf(Whole count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Of one "image has no mask", else "images have no mask": `what` says both,
// "{image has|images have} no mask". Braces without a bar between them are names' own.
inline std::string inNumber(std::size_t count, const std::string& what) {
  std::string text;
  std::size_t told = 0;
  for (std::size_t open = what.find('{'); open != std::string::npos;
       open = what.find('{', open + 1)) {
    const std::size_t bar = what.find('|', open), close = what.find('}', open);
    if (close == std::string::npos || bar > close) continue;
    text += what.substr(told, open - told);
    text +=
        count == 1 ? what.substr(open + 1, bar - open - 1) : what.substr(bar + 1, close - bar - 1);
    told = close + 1;
  }
  return text + what.substr(told);
}

// "1 image has no mask"
inline std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + inNumber(count, what);
}

// "a, b, c and 12 more"
inline std::string joinFirst(const std::vector<std::string>& names, std::size_t shown) {
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

}  // namespace limbus
