// Stochastic weight averaging (Izmailov et al., "Averaging weights leads to wider optima and better
// generalization", UAI 2018): the plain mean of the weights at the ends of epochs, once the run is
// near its end. It gains where the learning rate does not die away meanwhile.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "native/train/loop.h"

namespace limbus {

// The mean as it was before epoch `epoch`, which is gone on with after all.
struct MeanBefore {
  std::vector<torch::Tensor> tensors;  // none where the epoch does not count
  int averaged = 0;

  static MeanBefore of(const Learner& learner, std::uint32_t epoch);
  void restore(Learner& learner) const;
};

// Takes the weights at the end of epoch `epoch` into Learner::average, where the recipe has them
// counted. The mean's batch norms get the statistics of its own values: the mean over the batches
// of `source`, as PyTorch's update_bn has it.
Result<void> takeIntoMean(Learner& learner, BatchSource& source, std::uint32_t epoch);

}  // namespace limbus
