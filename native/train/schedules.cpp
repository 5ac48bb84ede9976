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

// How much of the run is behind, in [0,1).
double shareOfRun(const Moment& now) {
  const double whole = static_cast<double>(std::max<std::int64_t>(1, now.totalSteps));
  return std::clamp(static_cast<double>(now.step) / whole, 0.0, 1.0);
}

void describeEnd(OptionVisitor& v, double& lrEnd) {
  v.number("lrEnd", lrEnd, {0, 1000}, "rate that the last step comes near to");
}

void describeRate(OptionVisitor& v, double& lr) {
  v.number("lr", lr, {0, 1000}, "learning rate (its highest value)");
}

struct ConstantOptions {
  double lr = 0.01;

  void describe(OptionVisitor& v) { describeRate(v, lr); }
};

Rates constant(const Moment&, const ConstantOptions& options) { return {options.lr, std::nullopt}; }

struct PolyOptions {
  double lr = 0.01;
  double power = 0.9;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    v.number("power", power, {0, 10}, "exponent");
  }
};

// Chen et al., "DeepLab", 2017, equation in section 4.1.
Rates poly(const Moment& now, const PolyOptions& options) {
  return {options.lr * std::pow(1 - shareOfRun(now), options.power), std::nullopt};
}

struct LinearOptions {
  double lr = 0.01;
  double lrEnd = 0;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    describeEnd(v, lrEnd);
  }
};

Rates linear(const Moment& now, const LinearOptions& options) {
  return {linearBetween(options.lr, options.lrEnd, shareOfRun(now)), std::nullopt};
}

struct ExponentialOptions {
  double lr = 0.01;
  double gamma = 0.97;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    v.number("gamma", gamma, {1e-6, 1}, "factor of every epoch");
  }
};

Rates exponentialRates(const Moment& now, const ExponentialOptions& options) {
  return {options.lr * std::pow(options.gamma, std::floor(now.epoch())), std::nullopt};
}

struct MultistepOptions {
  double lr = 0.01;
  std::vector<int> epochs;
  double gamma = 0.1;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    v.wholes("epochs", epochs, {0, 1000000},
             "after so many epochs, behind a warm-up, the rate falls");
    v.number("gamma", gamma, {1e-6, 1}, "factor of every fall");
  }
};

Rates multistep(const Moment& now, const MultistepOptions& options) {
  const double epoch = now.epoch();
  const auto falls = std::count_if(options.epochs.begin(), options.epochs.end(),
                                   [&](int at) { return epoch >= at; });
  return {options.lr * std::pow(options.gamma, static_cast<double>(falls)), std::nullopt};
}

struct StepTableOptions {
  double lr = 0.01;
  std::vector<int> epochs;
  std::vector<double> rates;

  void describe(OptionVisitor& v) {
    v.number("lr", lr, {0, 1000}, "learning rate before the first entry");
    v.wholes("epochs", epochs, {0, 1000000},
             "epochs finished, behind a warm-up, when an entry begins, ascending");
    v.numbers("rates", rates, {0, 1000}, "learning rate of each entry");
    if (v.purpose() != OptionVisitor::Purpose::read) return;
    v.require(epochs.size() == rates.size(), "rates",
              "expected as many as epochs, got " + std::to_string(rates.size()) + " for " +
                  std::to_string(epochs.size()));
    v.require(std::is_sorted(epochs.begin(), epochs.end()), "epochs", "they must ascend");
  }
};

Rates stepTable(const Moment& now, const StepTableOptions& options) {
  const double epoch = now.epoch();
  double lr = options.lr;
  for (std::size_t i = 0; i < options.epochs.size(); ++i) {
    if (epoch >= options.epochs[i]) lr = options.rates[i];
  }
  return {lr, std::nullopt};
}

struct CosineOptions {
  double lr = 0.01;
  double lrEnd = 1e-6;
  double period = 0;
  double growth = 1;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    describeEnd(v, lrEnd);
    v.number("period", period, {0, 1e6},
             {"of one fall, after which it restarts; 0: the whole run", "epochs"});
    v.number("growth", growth, {1, 100}, "every period is so much longer than the one before");
  }
};

// Loshchilov and Hutter, "SGDR", 2017.
Rates cosineRates(const Moment& now, const CosineOptions& options) {
  if (options.period == 0) {
    return {cosineBetween(options.lr, options.lrEnd, shareOfRun(now)), std::nullopt};
  }
  double period = options.period, since = now.epoch();
  while (since >= period) {
    since -= period;
    period *= options.growth;
  }
  return {cosineBetween(options.lr, options.lrEnd, since / period), std::nullopt};
}

struct PlateauOptions {
  double lr = 0.001;
  double factor = 0.1;
  int patience = 10;
  double threshold = 1e-4;
  double least = 0;
  std::string monitor = "loss";

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    v.number("factor", factor, {1e-6, 1}, "of every fall");
    v.whole("patience", patience, {0, 1000000},
            {"without a better value, and one more: a fall", "validations"});
    v.number("threshold", threshold, {0, 1}, "share of the best value that is no improvement");
    v.number("least", least, {0, 1000}, "the rate falls no further");
    v.choice("monitor", monitor, namesOf(bestMetrics()), "the value that must improve");
  }
};

// As PyTorch's ReduceLROnPlateau with a relative threshold.
Rates plateau(const Moment& now, const PlateauOptions& options) {
  const BestMetricRow& metric = *findRow(bestMetrics(), options.monitor);
  double lr = options.lr;
  std::optional<double> best;
  int without = 0;
  for (const ValidationValues& epoch : now.history == nullptr ? History{} : *now.history) {
    const auto found = epoch.find(options.monitor);
    if (found == epoch.end()) continue;
    const double slack = (metric.higherIsBetter ? 1 : -1) * options.threshold;
    if (!best || better(metric, found->second, *best + std::abs(*best) * slack)) {
      best = found->second;
      without = 0;
    } else if (++without > options.patience) {
      lr = std::max(lr * options.factor, options.least);
      without = 0;
    }
  }
  return {lr, std::nullopt};
}

struct OneCycleOptions {
  double lr = 0.01;
  double startShare = 0.04;
  double endShare = 4e-6;
  double rise = 0.3;
  double beta1High = 0.95;
  double beta1Low = 0.85;

  void describe(OptionVisitor& v) {
    describeRate(v, lr);
    v.number("startShare", startShare, {1e-9, 1}, "of lr, where it starts");
    v.number("endShare", endShare, {1e-9, 1}, "of lr, where it ends");
    v.number("rise", rise, {0, 1}, "share of the steps before the peak");
    v.number("beta1High", beta1High, {0, 0.9999}, "momentum at both ends");
    v.number("beta1Low", beta1Low, {0, 0.9999}, "momentum at the peak of the rate");
  }
};

// Smith and Topin, "Super-convergence", 2018, as fast.ai's and PyTorch's: cosines both ways, for
// momentum too.
Rates oneCycle(const Moment& now, const OneCycleOptions& options) {
  const double share = shareOfRun(now);
  const double start = options.lr * options.startShare, end = options.lr * options.endShare;
  if (share < options.rise) {
    const double fraction = share / options.rise;
    return {cosineBetween(start, options.lr, fraction),
            cosineBetween(options.beta1High, options.beta1Low, fraction)};
  }
  const double fraction = options.rise < 1 ? (share - options.rise) / (1 - options.rise) : 0;
  return {cosineBetween(options.lr, end, fraction),
          cosineBetween(options.beta1Low, options.beta1High, fraction)};
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
Rates twoPhaseCosine(const Moment& now, const TwoPhaseCosineOptions& options) {
  const auto& [step, totalSteps, stepsPerEpoch, history] = now;
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
      {"linear", "a straight line from lr to lrEnd", LinearOptions{}, typed<linear>},
      {"poly", "lr * (1 - step / steps) ^ power", PolyOptions{}, typed<poly>},
      {"exponential", "lr * gamma ^ epoch", ExponentialOptions{}, typed<exponentialRates>},
      {"multistep", "falls by a factor after the epochs named", MultistepOptions{},
       typed<multistep>},
      {"stepTable", "a table of epochs and rates", StepTableOptions{}, typed<stepTable>},
      {"cosine", "half a cosine from lr to lrEnd, over the run or with restarts", CosineOptions{},
       typed<cosineRates>},
      {"plateau", "falls by a factor when validation has stopped to improve", PlateauOptions{},
       typed<plateau>},
      {"oneCycle", "cosine up to lr, cosine down to nearly nothing; momentum the other way",
       OneCycleOptions{}, typed<oneCycle>},
      {"twoPhaseCosine",
       "cosine up to lr, cosine down to lrEnd; momentum linear down and up again (OpenEDS 2019, "
       "2nd place)",
       TwoPhaseCosineOptions{}, typed<twoPhaseCosine>},
  };
  return kRows;
}

void Warmup::describe(OptionVisitor& v) {
  v.whole("steps", steps, {0, 1e9}, {"how long it takes", "steps"});
  v.number("epochs", epochs, {0, 1e6}, {"how long it takes, in place of steps", "epochs"});
  v.number("from", from, {0, 1}, "share of the schedule's first rate to start with");
  v.require(steps == 0 || epochs == 0, "epochs", "give steps or epochs, not both");
}

std::int64_t Warmup::stepsOf(const Moment& now) const {
  if (epochs == 0) return steps;
  return std::llround(epochs * static_cast<double>(now.stepsPerEpoch));
}

Rates ratesAt(const Schedule& schedule, const Moment& now, const std::optional<Warmup>& warmup) {
  if (!warmup) return schedule.row->at(now, schedule.options);
  const std::int64_t steps = warmup->stepsOf(now);
  Moment after = now;
  after.step = std::max<std::int64_t>(0, now.step - steps);
  after.totalSteps = std::max<std::int64_t>(1, now.totalSteps - steps);
  Rates rates = schedule.row->at(after, schedule.options);
  if (now.step >= steps) return rates;
  const double fraction = static_cast<double>(now.step) / static_cast<double>(steps);
  rates.lr *= linearBetween(warmup->from, 1, fraction);
  return rates;
}

}  // namespace limbus
