// One optimiser step: forward, loss, backward, clip, update.
#pragma once

#include <torch/torch.h>

#include <functional>

#include "native/train/batch_source.h"
#include "native/train/executor.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/schedules.h"

namespace limbus {

// What the network says about the batch, at the target's size, and the target beside it.
LossInput lossInputOf(std::vector<torch::Tensor> outputs, const DeviceBatch& batch);

// Scales the gradients so that the norm of all of them together is at most `norm`.
void clipGradients(const Tensors& gradients, double norm);

class Step {
 public:
  // `clip` 0: gradients stay as they are.
  Step(Executor& net, Loss loss, Optimizer& optimizer, double clip);

  // The loss of the batch, detached. `net` must be in training mode; `epoch`: finished ones.
  torch::Tensor operator()(const DeviceBatch& batch, const Rates& rates, int epoch = 0);

  // Called between backward and clip with the gradients of the learned parameters: where several
  // devices would sum theirs.
  std::function<void(const Tensors& gradients)> afterBackward;

 private:
  Executor& net_;
  Loss loss_;
  Optimizer& optimizer_;
  double clip_;
};

}  // namespace limbus
