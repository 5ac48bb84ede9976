// The rows of tests/cases, which the C++ and the TypeScript tests both read.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/json_reader.h"

namespace limbus::cases {

inline std::string path(const std::string& file) { return std::string(LIMBUS_CASES) + "/" + file; }

inline Json read(const std::string& file) {
  std::ifstream stream(path(file));
  if (!stream) throw std::runtime_error("cannot read " + path(file));
  std::stringstream text;
  text << stream.rdbuf();
  return Json::parse(text.str());
}

// {"width", "height", "channels", "seed"}: a slope with noise on it.
//   state = seed; for each byte: state = state * 1664525 + 1013904223 (32 bits)
//   byte = (((7 x + 3 y + 50 c) >> 1) + (state >> 26)) & 255
inline Image pattern(const Json& spec) {
  Image image(spec.at("width").get<int>(), spec.at("height").get<int>(),
              spec.at("channels").get<int>());
  std::uint32_t state = spec.at("seed").get<std::uint32_t>();
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < image.channels; ++c) {
        state = state * 1664525U + 1013904223U;
        image.row(y)[x * image.channels + c] = static_cast<std::uint8_t>(
            (((7 * x + 3 * y + 50 * c) >> 1) + static_cast<int>(state >> 26)) & 255);
      }
    }
  }
  return image;
}

// ["..12", "..33"]: digits are classes, a point is class 0, # is void (255).
inline Mask mask(const Json& rows) {
  const std::string first = rows.at(0).get<std::string>();
  Mask mask(static_cast<int>(first.size()), static_cast<int>(rows.size()), 1);
  for (int y = 0; y < mask.height; ++y) {
    const std::string row = rows.at(static_cast<std::size_t>(y)).get<std::string>();
    if (row.size() != first.size()) throw std::runtime_error("mask rows of unequal length");
    for (int x = 0; x < mask.width; ++x) {
      const char c = row[static_cast<std::size_t>(x)];
      mask.row(y)[x] = static_cast<std::uint8_t>(c == '.' ? 0 : c == '#' ? 255 : c - '0');
    }
  }
  return mask;
}

}  // namespace limbus::cases
