#include "native/train/rate_range.h"

#include <algorithm>
#include <cmath>

#include "native/train/exceptions.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/session/session.h"
#include "shared/random.h"

namespace limbus {
namespace {

// The first steps of a moving average are of few losses: no place to end.
constexpr std::size_t kFewest = 10;

double rateAt(const RateRangeRules& rules, int step) {
  const double share = static_cast<double>(step) / static_cast<double>(rules.steps - 1);
  return rules.low * std::pow(rules.high / rules.low, share);
}

// Epoch after epoch.
class EndlessBatches {
 public:
  explicit EndlessBatches(BatchSource& source) : source_(source) { source_.start(0, 0); }

  Result<DeviceBatch> next() {
    Result<std::optional<DeviceBatch>> batch = source_.next();
    if (batch && !*batch) {
      source_.start(++epoch_, 0);
      batch = source_.next();
    }
    if (!batch) return fail(batch.error());
    if (!*batch) return fail(ErrorCode::badData, "the training split gives no batch");
    return std::move(**batch);
  }

 private:
  BatchSource& source_;
  std::uint32_t epoch_ = 0;
};

Result<RateRange> tested(TrainRequest request, const RateRangeRules& rules,
                         const std::function<void()>& step) {
  Session session;
  if (auto opened = openData(request, session); !opened) return fail(opened.error());
  if (auto found = chooseBatch(request, session); !found) return fail(found.error());
  if (auto built = buildLearner(request, session); !built) return fail(built.error());
  Learner& learner = session.learner;
  const OwnStream stream(learner.device);
  if (request.init) {
    if (auto started = startFrom(*request.init, learner); !started) return fail(started.error());
  }
  learner.net->train();
  learner.net->hold(learner.stillIn(0));
  EndlessBatches batches(*session.trainingBatches);
  RateRange range;
  double average = 0, least = 0;
  for (int i = 0; i < rules.steps; ++i) {
    std::vector<DeviceBatch> ofStep;
    for (int share = 0; share < learner.accumulate; ++share) {
      Result<DeviceBatch> batch = batches.next();
      if (!batch) return fail(batch.error());
      ofStep.push_back(std::move(*batch));
    }
    torch::manual_seed(
        Random(learner.seed, 0, static_cast<std::uint32_t>(i), Purpose::dropout).bits());
    RatePoint point{.lr = rateAt(rules, i)};
    point.loss = (*learner.step)(ofStep, Rates{point.lr, std::nullopt}).item<double>();
    step();
    if (!std::isfinite(point.loss)) {
      range.diverged = true;
      break;
    }
    average = rules.smoothing * average + (1 - rules.smoothing) * point.loss;
    point.smoothed = average / (1 - std::pow(rules.smoothing, i + 1));
    range.points.push_back(point);
    least = i == 0 ? point.smoothed : std::min(least, point.smoothed);
    // Losses below zero have no multiples to compare with.
    if (range.points.size() >= kFewest && least > 0 && point.smoothed > rules.diverged * least) {
      range.diverged = true;
      break;
    }
  }
  if (range.points.empty()) {
    return fail(ErrorCode::badData, "the loss of the first batch is no finite number");
  }
  readCurve(range);
  return range;
}

}  // namespace

void readCurve(RateRange& range) {
  range.steepest.reset();
  range.belowLeast.reset();
  const std::vector<RatePoint>& points = range.points;
  if (points.size() < 3) return;
  const auto least = std::min_element(
      points.begin(), points.end(),
      [](const RatePoint& a, const RatePoint& b) { return a.smoothed < b.smoothed; });
  if (least == points.begin()) return;
  range.belowLeast = least->lr / 10;
  double most = 0;
  for (auto point = points.begin() + 1; point < least; ++point) {
    const double fall = ((point - 1)->smoothed - (point + 1)->smoothed) /
                        std::log((point + 1)->lr / (point - 1)->lr);
    if (fall <= most) continue;
    most = fall;
    range.steepest = point->lr;
  }
}

Result<RateRange> testRates(const TrainRequest& request, const RateRangeRules& rules,
                            const std::function<void()>& step) {
  const TrainRequest dry = writingNoSplit(request);
  return withoutExceptions([&] { return tested(dry, rules, step); });
}

}  // namespace limbus
