// One optimiser step: forward, loss, backward, clip, update.
#pragma once

#include <torch/torch.h>

#include <functional>

#include "native/train/batch_source.h"
#include "native/train/executor.h"
#include "native/train/losses.h"
#include "native/train/optimizers.h"
#include "native/train/ranks.h"
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

  // Where `sparing`, the last step changed nothing: its loss or a gradient was no finite number.
  bool leftOut() const { return leftOut_; }

  bool sparing = false;          // looks before it updates, which makes a device wait
  const Ranks* ranks = nullptr;  // that take this step together: gradients are averaged

  // Called between backward and clip with the gradients of the learned parameters.
  std::function<void(const Tensors& gradients)> afterBackward;

 private:
  Executor& net_;
  Loss loss_;
  Optimizer& optimizer_;
  double clip_;
  bool leftOut_ = false;
};

}  // namespace limbus
