// One epoch of training and one pass of validation.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/train/batches/batch_source.h"
#include "native/train/best_metric.h"
#include "native/train/epoch_report.h"
#include "native/train/executor/executor.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/progress.h"
#include "native/train/recipe/recipe.h"
#include "native/train/schedules.h"
#include "native/train/step.h"
#include "shared/result.h"

namespace limbus {

// Everything that learns. `average` is the mean of the weights, null without one: a moving one by
// emaDecay, or that of the last epochs (swa.h).
struct Learner {
  std::shared_ptr<Executor> net;
  std::shared_ptr<Executor> average;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<Step> step;
  Loss loss;
  Schedule schedule;
  std::optional<Warmup> warmup;
  torch::Device device = torch::kCPU;
  std::int64_t totalSteps = 1;  // of the whole run: what the schedule goes by
  std::int64_t stepsPerEpoch = 1;
  History history;        // of the validations so far
  int freezeEncoder = 0;  // epochs
  bool freezeNorms = false;
  std::int64_t stopAt = 0;  // a trial: no step after so many; 0: all of them
  std::uint64_t seed = 0;
  double emaDecay = 0;
  std::optional<Swa> swa;
  int averaged = 0;              // epochs in its mean
  int accumulate = 1;            // batches that make one step
  int spared = 0;                // steps of an epoch without a finite loss that are borne
  const Ranks* ranks = nullptr;  // that train together; null: this process alone

  Executor& evaluated() const { return average && (!swa || averaged > 0) ? *average : *net; }
  int epochs() const { return static_cast<int>(totalSteps / stepsPerEpoch); }  // of the run
  // What does not learn in an epoch, from 0.
  Still stillIn(std::uint32_t epoch) const {
    return {.encoder = static_cast<int>(epoch) < freezeEncoder, .norms = freezeNorms};
  }
  bool tried() const { return stopAt > 0 && optimizer->state().step >= stopAt; }
};

// Between two steps of an epoch.
struct BetweenSteps {
  std::function<bool()> due = nullptr;  // asked after each step: is it time to save?
  std::function<Result<void>(const EpochReport& soFar)> save = nullptr;
};

// Share of the old average that a step keeps: less in the first steps, so that the start is
// forgotten.
double averageDecay(double emaDecay, std::int64_t step);

// Epochs count from 0. A loss that is not finite is an error; an interrupt ends the epoch early.
// `begun`: what the epoch came to before this run went on with it.
Result<EpochReport> trainEpoch(Learner& learner, BatchSource& source, std::uint32_t epoch,
                               Progress& progress, const EpochReport& begun = {},
                               const BetweenSteps& between = {});

// What a validation loss that is NaN or infinite ends a run in. `epoch` counts from 0; `ids`: the
// samples of its batches.
tl::unexpected<Error> notFiniteInValidation(int epoch, const std::vector<std::string>& ids);

// Argmax against truth at network-input resolution, void and padding left out.
struct ValidationReport {
  Validation validation;
  std::vector<std::string> broken;  // samples of batches without a finite loss
  double seconds = 0;
  bool interrupted = false;
};

// What is evaluated by.
struct ValidationRules {
  const Loss& loss;
  const ConventionRow& convention;
  int classes = 0;
  int epoch = 0;                 // finished ones, which a loss whose weights change goes by
  const Ranks* ranks = nullptr;  // each gives its share of the images, all get the same report
  int batch = 1;                 // of the source; one of unequal images comes in parts
};

Result<ValidationReport> evaluate(Executor& net, BatchSource& source, const ValidationRules& rules,
                                  Progress& progress);

}  // namespace limbus
