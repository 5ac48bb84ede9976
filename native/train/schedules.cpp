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

void describeRate(OptionVisitor& v, double& lr) {
  v.number("lr", lr, {0, 1000}, "learning rate (its highest value)");
}

struct ConstantOptions {
  double lr = 0.01;

  void describe(OptionVisitor& v) { describeRate(v, lr); }
};

Rates constant(std::int64_t, std::int64_t, const ConstantOptions& options) {
  return {options.lr, std::nullopt};
}

struct PolyOptions {
  double lr = 0.01;
  double power = 0.9;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    v.number("power", power, {0, 10}, "exponent");
  }
};

// Chen et al., "DeepLab", 2017, equation in section 4.1.
Rates poly(std::int64_t step, std::int64_t totalSteps, const PolyOptions& options) {
  const double left =
      1.0 - static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, totalSteps));
  return {options.lr * std::pow(std::max(0.0, left), options.power), std::nullopt};
}

struct TwoPhaseCosineOptions {
  double lr = 0.01;
  double lrStart = 1e-6;
  double lrEnd = 1e-5;
  double rise = 0.25;
  double beta1High = 0.95;
  double beta1Low = 0.85;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    v.number("lrStart", lrStart, {0, 1000}, "rate of the first step");
    v.number("lrEnd", lrEnd, {0, 1000}, "rate of the last step");
    v.number("rise", rise, {0, 1}, "share of the steps before the peak");
    v.number("beta1High", beta1High, {0, 0.9999}, "momentum at both ends");
    v.number("beta1Low", beta1Low, {0, 0.9999}, "momentum at the peak of the rate");
  }
};

// Smith, "Super-convergence", 2018, with cosine segments: up in the first `rise` of the steps, the
// peak on the step that follows, down to lrEnd on the very last one. Momentum runs the other way,
// in straight lines.
Rates twoPhaseCosine(std::int64_t step, std::int64_t totalSteps,
                     const TwoPhaseCosineOptions& options) {
  const std::int64_t rise = std::llround(options.rise * static_cast<double>(totalSteps));
  if (step < rise) {
    const double fraction = static_cast<double>(step) / static_cast<double>(rise);
    return {cosineBetween(options.lrStart, options.lr, fraction),
            linearBetween(options.beta1High, options.beta1Low, fraction)};
  }
  const std::int64_t fall = std::max<std::int64_t>(1, totalSteps - rise - 1);
  const double fraction =
      std::min(1.0, static_cast<double>(step - rise) / static_cast<double>(fall));
  return {cosineBetween(options.lr, options.lrEnd, fraction),
          linearBetween(options.beta1Low, options.beta1High, fraction)};
}

}  // namespace

const std::vector<ScheduleRow>& schedules() {
  static const std::vector<ScheduleRow> kRows = {
      {"constant", "the same rate in every step", ConstantOptions{}, typed<constant>},
      {"poly", "lr * (1 - step / steps) ^ power", PolyOptions{}, typed<poly>},
      {"twoPhaseCosine",
       "cosine up to lr, cosine down to lrEnd; momentum linear down and up again (OpenEDS 2019, "
       "2nd place)",
       TwoPhaseCosineOptions{}, typed<twoPhaseCosine>},
  };
  return kRows;
}

}  // namespace limbus
