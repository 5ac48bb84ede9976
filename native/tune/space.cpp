#include "native/tune/space.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "shared/options/json.h"
#include "shared/random.h"

namespace limbus {
namespace {

constexpr double kMost = 1e15;  // whole numbers up to here are exact

// As people write it where that is the same number: the JSON library's digits are not always the
// fewest.
std::string textOf(const Json& value) {
  if (!value.is_number_float()) return dumpJson(value);
  char text[40];
  std::snprintf(text, sizeof text, "%.15g", value.get<double>());
  return std::strtod(text, nullptr) == value.get<double>() ? text : dumpJson(value);
}

std::string assignment(const std::string& key, const Json& value) {
  return key + "=" + textOf(value);
}

// Held within the range: rounding may step over its ends.
double rounded(double value, const Dimension& dimension) {
  if (dimension.whole) return value;
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  return std::clamp(std::strtod(text, nullptr), dimension.low, dimension.high);
}

double drawNumber(const Dimension& dimension, Random& random) {
  const double low = dimension.low, high = dimension.high;
  if (dimension.logarithmic) {
    // Whole numbers: equal ratios of [low, high + 1), cut down.
    const double end = dimension.whole ? high + 1 : high;
    const double value = std::exp(random.uniform(std::log(low), std::log(end)));
    return dimension.whole ? std::clamp(std::floor(value), low, high) : value;
  }
  if (dimension.whole) return std::min(high, low + std::floor(random.uniform() * (high - low + 1)));
  return random.uniform(low, high);
}

Json drawn(const Dimension& dimension, Random& random) {
  if (!dimension.values.empty()) {
    const int last = static_cast<int>(dimension.values.size()) - 1;
    return dimension.values[static_cast<std::size_t>(random.integer(0, last))];
  }
  return plainNumber(rounded(drawNumber(dimension, random), dimension));
}

void checkRange(JsonReader& reader, const Dimension& dimension) {
  const auto isWhole = [](double value) { return value == std::floor(value); };
  if (!(dimension.low < dimension.high)) {
    reader.refuse("low must be below high");
  } else if (dimension.logarithmic && dimension.low <= 0) {
    reader.refuse("low", "a log scale wants more than 0");
  } else if (dimension.whole && !(isWhole(dimension.low) && isWhole(dimension.high))) {
    reader.refuse("low and high of whole numbers must be whole");
  }
}

Result<Dimension> parseDimension(const std::string& key, const Json& json,
                                 const std::string& where) {
  Dimension dimension{.key = key};
  if (json.is_array()) {
    dimension.values.assign(json.begin(), json.end());
    if (dimension.values.size() >= 2) return dimension;
    return fail(ErrorCode::badData, where + ": expected at least two values to choose from");
  }
  if (!json.is_object()) {
    return fail(ErrorCode::badData,
                where + ": expected a list of values or {\"low\": ..., \"high\": ...}, got " +
                    describeJson(json));
  }
  JsonReader reader(json, where);
  reader.required("low").required("high");
  reader.read("low", dimension.low, -kMost, kMost).read("high", dimension.high, -kMost, kMost);
  const auto scale = reader.readName("scale", {"linear", "log"});
  dimension.logarithmic = scale == std::size_t{1};
  reader.read("whole", dimension.whole);
  if (!reader.failed() && reader.has("low") && reader.has("high")) checkRange(reader, dimension);
  if (const auto error = reader.finish()) return fail(*error);
  return dimension;
}

}  // namespace

Result<Space> parseSpace(std::string_view text, const std::string& where) {
  const Result<Json> json = parseJson(text, where);
  if (!json) return fail(json.error());
  if (!json->is_object() || json->empty()) {
    return fail(ErrorCode::badData,
                where +
                    ": expected an object of recipe keys, such as {\"schedule.lr\": {\"low\": "
                    "0.0001, \"high\": 0.01, \"scale\": \"log\"}}");
  }
  Space space;
  for (const auto& item : json->items()) {
    Result<Dimension> dimension =
        parseDimension(item.key(), item.value(), where + ": '" + item.key() + "'");
    if (!dimension) return fail(dimension.error());
    space.push_back(std::move(*dimension));
  }
  return space;
}

std::vector<std::string> drawTrial(const Space& space, std::uint64_t seed, std::uint32_t number) {
  std::vector<std::string> set;
  for (std::size_t i = 0; i < space.size(); ++i) {
    Random random(seed, number, static_cast<std::uint32_t>(i), Purpose::initialise);
    set.push_back(assignment(space[i].key, drawn(space[i], random)));
  }
  return set;
}

std::vector<std::string> extremesOf(const Space& space) {
  std::vector<std::string> all;
  for (const Dimension& dimension : space) {
    for (const Json& value : dimension.values) all.push_back(assignment(dimension.key, value));
    if (!dimension.values.empty()) continue;
    for (const double end : {dimension.low, dimension.high}) {
      all.push_back(assignment(dimension.key, plainNumber(end)));
    }
  }
  return all;
}

}  // namespace limbus
