// One optimiser step: forward, loss, backward, clip, update.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/train/batches/batch_source.h"
#include "native/train/executor/executor.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/precision.h"
#include "native/train/ranks/ranks.h"
#include "native/train/ranks/shared_gradients.h"
#include "native/train/recipe/mean_teacher_rules.h"
#include "native/train/recorded_step.h"
#include "native/train/schedules.h"

namespace limbus {

// What the network says about the batch, at the target's size, and the target beside it.
LossInput lossInputOf(std::vector<torch::Tensor> outputs, const DeviceBatch& batch);
// The same with its watched feature maps, and with what the loss's teacher says, where it has one.
LossInput lossInputOf(Executor::Passed passed, const DeviceBatch& batch, const Loss& loss);

// Scales the gradients so that the norm of all of them together is at most `norm`.
void clipGradients(const Tensors& gradients, double norm);

struct StepOptions {
  double clip = 0;  // largest norm of the gradients; 0: they stay as they are
  Precision precision = Precision::float32;
  bool channelsLast = false;  // images are laid out so; weights by Executor::channelsLast()
  Recorder record = nullptr;  // steps are replayed as it records them (recorded_step.h)
};

// A network's answer to unlabelled images drawn to that of the average of its weights.
struct Consistency {
  std::shared_ptr<Executor> average;  // in evaluation mode
  MeanTeacherRules rules;
};

class Step {
 public:
  Step(Executor& net, Loss loss, Optimizer& optimizer, StepOptions options = {});

  // One step by the mean gradient of the batches; their mean loss, detached. `net` must be in
  // training mode; `epoch`: finished ones.
  torch::Tensor operator()(const std::vector<DeviceBatch>& batches, const Rates& rates,
                           int epoch = 0);
  torch::Tensor operator()(const DeviceBatch& batch, const Rates& rates, int epoch = 0);

  // Where `sparing`, the last step changed nothing: its loss or a gradient was no finite number.
  bool leftOut() const { return leftOut_; }

  bool sparing = false;          // looks before it updates, which makes a device wait
  const Ranks* ranks = nullptr;  // that take this step together: gradients are averaged

  torch::Tensor counts;  // pixelCounts(): where defined, steps count what they are trained on

  std::optional<Consistency> consistency;  // with batches that have unlabelled images

  // Called between backward and clip with the gradients of the learned parameters.
  std::function<void(const Tensors& gradients)> afterBackward;

  // What of a step is not replayed though it should be, and why; empty where nothing is in the way.
  std::string recordingProblem() const;

 private:
  torch::Tensor plainPass(const DeviceBatch& batch, int epoch);
  torch::Tensor pass(const DeviceBatch& batch, int epoch);
  torch::Tensor passAndUpdate(const DeviceBatch& batch, int epoch);
  bool updateIsReplayed(std::size_t batches) const;
  std::int64_t rampedAt(int epoch) const;
  Executor::Passed passOf(const torch::Tensor& images);
  torch::Tensor inconsistency(const DeviceBatch& batch);
  bool unscale(const Tensors& gradients);
  void update(const Tensors& gradients);

  Executor& net_;
  Loss loss_;
  Optimizer& optimizer_;
  StepOptions options_;
  torch::Tensor scale_;  // of the loss; undefined where it has none
  std::optional<RecordedStep> recordedStep_, recordedPass_;  // with the update and without it
  std::unique_ptr<SharedGradients> shared_;                  // where ranks take steps of one batch
  bool leftOut_ = false;
};

}  // namespace limbus
