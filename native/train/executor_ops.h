// How each Op runs in LibTorch: one row per Op, keyed by it.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "shared/ops/ops.h"

namespace limbus {

struct OpCall {
  NodeView view;
  const std::vector<torch::Tensor>& inputs;      // [N,C,H,W]
  const std::vector<torch::Tensor>& parameters;  // in the order of the op's row in ops/ops.h
  bool training;
};

struct OpExecution {
  Op op;
  torch::Tensor (*run)(const OpCall& call);
};

const std::vector<OpExecution>& opExecutions();
const OpExecution* opExecution(Op op);  // null: none

}  // namespace limbus
