#include "native/data/augment/option_ranges.h"

#include <cmath>

#include "shared/json_reader.h"

namespace limbus {

void requireWhole(OptionVisitor& v, const char* key, const Range& range) {
  v.require(std::ceil(range.low) <= std::floor(range.high), key,
            "expected a range with a whole number in it");
}

int wholeOf(const Range& range, Random& random) {
  return random.integer(static_cast<int>(std::ceil(range.low)),
                        static_cast<int>(std::floor(range.high)));
}

void joinRange(OptionVisitor& v, const char* low, const char* high, const char* range,
               const Range& byDefault) {
  if (!v.given(low) && !v.given(high)) return;
  v.rewrite([&](Json& object) -> Result<void> {
    if (object.contains(range)) return {};  // what is left over is refused as unknown
    object[range] = Json::array(
        {object.value(low, Json(byDefault.low)), object.value(high, Json(byDefault.high))});
    object.erase(low);
    object.erase(high);
    return {};
  });
}

void numberAsRange(OptionVisitor& v, const char* key, NumberMeans means) {
  if (v.purpose() == OptionVisitor::Purpose::describe) {
    double number = 0;
    v.number(key, number, {}, "or a range");
  }
  if (!v.given(key)) return;
  v.rewrite([&](Json& object) -> Result<void> {
    if (!object[key].is_number()) return {};
    const double high = object[key].get<double>();
    Json low = 0;
    if (means == NumberMeans::from1) low = 1;
    if (means == NumberMeans::bothWays) low = -high;
    if (means == NumberMeans::fromFifth) low = high / 5;
    if (means == NumberMeans::alone) low = object[key];
    object[key] = Json::array({low, object[key]});
    return {};
  });
}

}  // namespace limbus
