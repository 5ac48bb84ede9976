#include "native/train/schedules.h"

#include <algorithm>
#include <cmath>

namespace limbus {
namespace {

constexpr double kHalfTurn = 3.14159265358979323846;

double cosineBetween(double from, double to, double fraction) {
  return to + (from - to) * 0.5 * (1.0 + std::cos(kHalfTurn * fraction));
}

double linearBetween(double from, double to, double fraction) {
  return from + (to - from) * fraction;
}

Rates constant(std::int64_t, std::int64_t, const OptionValues& options) {
  return {options.at("lr"), std::nullopt};
}

// Chen et al., "DeepLab", 2017, equation in section 4.1.
Rates poly(std::int64_t step, std::int64_t totalSteps, const OptionValues& options) {
  const double left =
      1.0 - static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, totalSteps));
  return {options.at("lr") * std::pow(std::max(0.0, left), options.at("power")), std::nullopt};
}

// Smith, "Super-convergence", 2018, with cosine segments: up in the first `rise` of the steps, the
// peak on the step that follows, down to lrEnd on the very last one. Momentum runs the other way,
// in straight lines.
Rates twoPhaseCosine(std::int64_t step, std::int64_t totalSteps, const OptionValues& options) {
  const std::int64_t rise = std::llround(options.at("rise") * static_cast<double>(totalSteps));
  const double peak = options.at("lr");
  if (step < rise) {
    const double fraction = static_cast<double>(step) / static_cast<double>(rise);
    return {cosineBetween(options.at("lrStart"), peak, fraction),
            linearBetween(options.at("beta1High"), options.at("beta1Low"), fraction)};
  }
  const std::int64_t fall = std::max<std::int64_t>(1, totalSteps - rise - 1);
  const double fraction =
      std::min(1.0, static_cast<double>(step - rise) / static_cast<double>(fall));
  return {cosineBetween(peak, options.at("lrEnd"), fraction),
          linearBetween(options.at("beta1Low"), options.at("beta1High"), fraction)};
}

}  // namespace

const std::vector<ScheduleRow>& schedules() {
  static const OptionRow kRate{"lr", 0.01, 0.0, 1000.0, "learning rate (its highest value)"};
  static const std::vector<ScheduleRow> kRows = {
      {"constant", "the same rate in every step", {kRate}, constant},
      {"poly",
       "lr * (1 - step / steps) ^ power",
       {kRate, {"power", 0.9, 0.0, 10.0, "exponent"}},
       poly},
      {"twoPhaseCosine",
       "cosine up to lr, cosine down to lrEnd; momentum linear down and up again (OpenEDS 2019, "
       "2nd place)",
       {kRate,
        {"lrStart", 1e-6, 0.0, 1000.0, "rate of the first step"},
        {"lrEnd", 1e-5, 0.0, 1000.0, "rate of the last step"},
        {"rise", 0.25, 0.0, 1.0, "share of the steps before the peak"},
        {"beta1High", 0.95, 0.0, 0.9999, "momentum at both ends"},
        {"beta1Low", 0.85, 0.0, 0.9999, "momentum at the peak of the rate"}},
       twoPhaseCosine},
  };
  return kRows;
}

Result<Schedule> makeSchedule(const NamedOptions& named) {
  const ScheduleRow* row = findRow(schedules(), named.name);
  if (row == nullptr) {
    return fail(ErrorCode::badArgument, unknownName("schedule", named.name, namesOf(schedules())));
  }
  Result<OptionValues> options =
      completeOptions("schedule " + named.name, row->options, named.options);
  if (!options) return fail(options.error());
  return Schedule{row, std::move(*options)};
}

}  // namespace limbus
