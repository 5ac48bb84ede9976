// Sentences that begin with how many.
#pragma once

#include <string>

namespace limbus {

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

}  // namespace limbus
