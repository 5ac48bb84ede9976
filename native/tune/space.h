// What a search tries: keys of a recipe, each with values or a range to draw from.
//
//   {"schedule.lr": {"low": 1e-4, "high": 1e-2, "scale": "log"},
//    "batch": {"low": 4, "high": 16, "whole": true},
//    "net.width": [8, 12, 16]}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

struct Dimension {
  std::string key;                // dotted path, as --set takes it
  std::vector<Json> values = {};  // to choose from; empty: the range counts
  double low = 0, high = 0;       // both ends included
  bool logarithmic = false;       // equally likely by ratio; low > 0
  bool whole = false;             // whole numbers alone
};

using Space = std::vector<Dimension>;

// `where` opens errors: the file's name. At least one key, each with at least two values or low
// below high.
Result<Space> parseSpace(std::string_view text, const std::string& where);

// KEY=VALUE for each dimension. Trial `number` of a seed is always the same, however many there
// are; numbers of a range have four significant digits.
std::vector<std::string> drawTrial(const Space& space, std::uint64_t seed, std::uint32_t number);

// What a recipe must accept before anything is trained: each value, and both ends of each range,
// one KEY=VALUE each.
std::vector<std::string> extremesOf(const Space& space);

}  // namespace limbus
