// Optimisers by name; one row each in optimizers.cpp.
//
// Our own few lines instead of torch::optim: the state has names and can be saved and restored bit
// for bit, lr and momentum come from the schedule in every step, and the updates run over all
// tensors at once (torch::_foreach_*), which on CUDA is a handful of kernels instead of thousands.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "native/train/schedules.h"
#include "shared/options/options.h"

namespace limbus {

// All vectors run parallel to the parameters.
struct OptimizerState {
  std::int64_t step = 0;                                    // steps taken
  std::map<std::string, std::vector<torch::Tensor>> slots;  // "m" and "v", or "velocity"
};

using Tensors = std::vector<torch::Tensor>;

struct OptimizerRow {
  const char* name;
  const char* summary;
  Options options;
  std::vector<const char*> slots;  // start as zeros, shaped like the parameters
  void (*update)(const Tensors& parameters, const Tensors& gradients, OptimizerState& state,
                 const Rates& rates, const Options& options);
};

const std::vector<OptimizerRow>& optimizers();

class Optimizer {
 public:
  Optimizer(Chosen<OptimizerRow> choice, Tensors parameters);

  void zeroGradients();
  void step(const Rates& rates);  // parameters without a gradient count as having gradient 0

  OptimizerState& state() { return state_; }
  const OptimizerState& state() const { return state_; }

 private:
  Chosen<OptimizerRow> choice_;
  Tensors parameters_;
  OptimizerState state_;
};

}  // namespace limbus
