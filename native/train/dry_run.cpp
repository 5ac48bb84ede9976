#include "native/train/dry_run.h"

#include <algorithm>
#include <chrono>

#include "native/system/interrupt.h"
#include "native/train/device.h"
#include "native/train/exceptions.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/session/session.h"
#include "shared/ops/memory.h"
#include "shared/ops/summary.h"

namespace limbus {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMostSteps = 20;  // behind the first
constexpr double kMostSeconds = 5;
constexpr int kRates = 6;

// The first batches of a source, with a clock that starts behind the first step's. An epoch that is
// too short for two steps is gone through again.
class MeasuredSource : public BatchSource {
 public:
  MeasuredSource(BatchSource& source, torch::Device device, int perStep = 1)
      : source_(source), device_(device), perStep_(perStep) {}

  void start(std::uint32_t epoch, std::int64_t firstBatch) override {
    epoch_ = epoch;
    source_.start(epoch, firstBatch);
  }

  Result<std::optional<DeviceBatch>> next() override {
    if (given_ == perStep_) {
      waitFor(device_);
      begun_ = Clock::now();
    }
    const bool whole = given_ % perStep_ == 0;
    if (given_ >= 2 * perStep_ && whole &&
        (given_ > kMostSteps * perStep_ || secondsSince(begun_) > kMostSeconds)) {
      return std::nullopt;
    }
    const Clock::time_point asked = Clock::now();
    Result<std::optional<DeviceBatch>> batch = source_.next();
    if (batch && !*batch && given_ > 0 && given_ < 2 * perStep_) {
      source_.start(++epoch_, 0);
      batch = source_.next();
    }
    if (!batch || !*batch) return batch;
    if (given_ >= perStep_) waited_ += secondsSince(asked);
    ++given_;
    return batch;
  }

  std::int64_t batchesPerEpoch() const override { return source_.batchesPerEpoch(); }

  // All that came behind the first. Call it when the last one is through.
  std::int64_t measured() const { return std::max<std::int64_t>(0, given_ - perStep_); }
  double secondsPerBatch() const {
    waitFor(device_);
    return measured() == 0 ? 0 : secondsSince(begun_) / static_cast<double>(measured());
  }
  double waitedPerBatch() const {
    return measured() == 0 ? 0 : waited_ / static_cast<double>(measured());
  }

 private:
  BatchSource& source_;
  torch::Device device_;
  int perStep_;
  std::uint32_t epoch_ = 0;
  std::int64_t given_ = 0;
  Clock::time_point begun_ = Clock::now();
  double waited_ = 0;
};

std::int64_t bytesOf(const std::vector<torch::Tensor>& tensors) {
  std::int64_t bytes = 0;
  for (const torch::Tensor& tensor : tensors) {
    bytes += tensor.numel() * static_cast<std::int64_t>(sizeof(float));
  }
  return bytes;
}

// After a step: the optimiser's state is there.
void weigh(const Learner& learner, DryRun& plan) {
  plan.bestBytes = bytesOf(learner.evaluated().tensors());
  plan.lastBytes = plan.bestBytes + (learner.average ? bytesOf(learner.net->tensors()) : 0);
  for (const auto& [name, tensors] : learner.optimizer->state().slots) {
    plan.lastBytes += bytesOf(tensors);
  }
}

std::vector<DryRun::Rate> ratesOf(const Learner& learner) {
  std::vector<DryRun::Rate> rates;
  for (int i = 0; i < kRates; ++i) {
    const Moment now{.step = i * (learner.totalSteps - 1) / (kRates - 1),
                     .totalSteps = learner.totalSteps,
                     .stepsPerEpoch = learner.stepsPerEpoch};
    if (!rates.empty() && rates.back().step == now.step) continue;
    rates.push_back({now.step, now.epoch(), ratesAt(learner.schedule, now, learner.warmup).lr});
  }
  return rates;
}

// trainEpoch() and evaluate() themselves, over a few batches.
Result<void> measure(const Recipe& recipe, Session& session, DryRun& plan) {
  Learner& learner = session.learner;
  Progress silent({}, true);
  MeasuredSource training(*session.trainingBatches, learner.device, recipe.accumulate);
  const Result<EpochReport> trained = trainEpoch(learner, training, 0, silent);
  if (!trained) return fail(trained.error());
  plan.secondsPerStep = training.secondsPerBatch() * recipe.accumulate;
  plan.waitedPerStep = training.waitedPerBatch() * recipe.accumulate;
  plan.measuredSteps = training.measured() / recipe.accumulate;
  MeasuredSource validation(*session.validationBatches, learner.device);
  const Result<ValidationReport> validated =
      evaluate(learner.evaluated(), validation, rulesOf(recipe, session), silent);
  if (!validated) return fail(validated.error());
  plan.secondsPerValidationBatch = validation.secondsPerBatch();
  return {};
}

Result<DryRun> tried(TrainRequest request, const std::function<void(const DryRun&)>& known) {
  Session session;
  if (auto opened = openData(request, session); !opened) return fail(opened.error());
  const Result<std::string> found = chooseBatch(request, session);
  if (!found) return fail(found.error());
  const Recipe& recipe = request.recipe;
  if (auto built = buildLearner(request, session); !built) return fail(built.error());
  Learner& learner = session.learner;
  const OwnStream stream(learner.device);
  const Graph& graph = learner.net->graph();
  const Result<std::int64_t> multiplyAdds = countMultiplyAdds(
      graph, {1, recipe.input.channels(), recipe.input.height, recipe.input.width});
  if (!multiplyAdds) return fail(multiplyAdds.error());
  const Result<ActivationMemory> activations = activationMemory(
      graph, {recipe.batch, recipe.input.channels(), recipe.input.height, recipe.input.width});
  if (!activations) return fail(activations.error());
  DryRun plan{.batch = recipe.batch,
              .batchFound = *found,
              .trainingImages = static_cast<std::int64_t>(session.trainingSet->size()),
              .validationImages = static_cast<std::int64_t>(session.validationSet->size()),
              .stepsPerEpoch = learner.stepsPerEpoch,
              .totalSteps = learner.totalSteps,
              .validationBatches = session.validationBatches->batchesPerEpoch(),
              .device = learner.device.str(),
              .images = placeOfImages(session),
              .residentBytes = session.residentBytes,
              .threads = torch::get_num_threads(),
              .absent = absentLine(request, session),
              .parameters = countParameters(graph),
              .multiplyAdds = *multiplyAdds,
              .activationBytes = activations->sumBytes};
  if (request.init) {
    Result<std::string> start = startFrom(*request.init, learner);
    if (!start) return fail(start.error());
    plan.start = std::move(*start);
  }
  plan.rates = ratesOf(learner);
  if (known) known(plan);
  if (auto measured = measure(recipe, session, plan); !measured) return fail(measured.error());
  plan.secondsInAll = static_cast<double>(plan.totalSteps) * plan.secondsPerStep +
                      static_cast<double>(plan.validationBatches * recipe.validations()) *
                          plan.secondsPerValidationBatch;
  plan.peakBytes = peakBytes(learner.device);
  weigh(learner, plan);
  return plan;
}

}  // namespace

Result<DryRun> dryRun(const TrainRequest& request,
                      const std::function<void(const DryRun& plan)>& known) {
  { const InterruptGuard none; }  // what told a run before to stop is not said to this one
  const TrainRequest dry = writingNoSplit(request);
  return withoutExceptions([&] { return tried(dry, known); });
}

}  // namespace limbus
