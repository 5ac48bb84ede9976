// Optimisers by name; one row each in optimizers.cpp.
//
// Our own few lines instead of torch::optim: the state has names and can be saved and restored bit
// for bit, lr and momentum come from the schedule in every step, updates can be recorded with them,
// and run over all tensors at once (torch::_foreach_*), which on CUDA is a handful of kernels
// instead of thousands.
#pragma once

#include <torch/torch.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "native/train/factors.h"
#include "native/train/lookahead.h"
#include "native/train/parameter_groups.h"
#include "native/train/schedules.h"
#include "shared/graph/graph.h"
#include "shared/options/options.h"
#include "shared/tensor.h"

namespace limbus {

using Slots = std::map<std::string, Tensors>;  // "m" and "v", or "velocity"

// Of float16: what the loss is multiplied by, so that small gradients do not vanish. Halved by a
// step whose gradients overflow, doubled by kGrowAfter sound ones, as PyTorch does.
struct LossScale {
  static constexpr std::int64_t kGrowAfter = 2000;
  double factor = 65536;
  std::int64_t soundSteps = 0;  // since it changed

  void after(bool sound);
  bool operator==(const LossScale&) const = default;
};

// All vectors run parallel to the parameters.
struct OptimizerState {
  std::int64_t step = 0;              // steps taken, skipped ones included
  std::vector<std::int64_t> skipped;  // by group: of them, while it did not stand still
  Slots slots;
  LossScale lossScale;
};

// One step of one group; all vectors run parallel.
struct Update {
  Tensors parameters;
  Tensors gradients;
  Slots slots = {};
  std::map<std::string, Factor> factors = {};  // the row's, by their names
  bool decays = true;
};

// What an update does depends on which factors there are, and on nothing else that changes from
// step to step but their values.
using FactorValues = std::map<std::string, double>;
using GroupFactors = std::vector<std::optional<FactorValues>>;  // by group; none: it stands still

struct OptimizerRow {
  const char* name;
  const char* summary;
  Options options;
  std::vector<const char*> slots;  // start as zeros, shaped like the parameters
  // Of the group's own update, the first one 1.
  FactorValues (*factors)(const Rates& rates, std::int64_t step, const Options& options);
  void (*update)(const Update& update, const Options& options);
};

const std::vector<OptimizerRow>& optimizers();

class Optimizer {
 public:
  Optimizer(Chosen<OptimizerRow> choice, Tensors parameters, std::vector<ParameterGroup> groups,
            std::optional<Lookahead> lookahead = std::nullopt);

  void zeroGradients();
  Tensors gradients();  // parallel to the parameters; one that has none gets a gradient of 0
  void setGradients(const Tensors& gradients);
  void step(const Rates& rates);

  // The parts of step(), in this order; the middle one can be recorded once the factors lie in
  // tensors.
  void begin(const Rates& rates);
  void update();
  void end();
  // In place of the last two: a step that changes nothing. Schedule and data go on; the factors'
  // own count and lookahead's do not, as where PyTorch's GradScaler calls no optimiser.
  void skip();
  void keepFactorsInTensors() { inTensors_ = true; }
  // Of the update begun: those of one kind differ in the values of their factors alone.
  std::int64_t kind() const { return kind_; }

  OptimizerState& state() { return state_; }
  const OptimizerState& state() const { return state_; }

 private:
  void upload(const std::vector<double>& values);

  Chosen<OptimizerRow> choice_;
  Tensors parameters_;
  std::vector<ParameterGroup> groups_;
  std::optional<Lookahead> lookahead_;  // with the slot "slow"
  OptimizerState state_;
  GroupFactors begun_;
  std::int64_t kind_ = 0;
  bool inTensors_ = false;
  torch::Tensor uploaded_;  // the factors' values, one group's after the other's
};

// Its slots as named tensors ("m/conv.weight") and back, `graph` being that of the parameters.
Weights packSlots(const Optimizer& optimizer, const Graph& graph);
Result<void> unpackSlots(const Weights& packed, const Graph& graph, Optimizer& optimizer);

}  // namespace limbus
