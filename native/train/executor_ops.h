// How each Op runs in LibTorch: one row per Op, keyed by it.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "shared/ops/ops.h"

namespace limbus {

// A node ready to run: its attributes are read and its parameters at hand. Inputs are [N,C,H,W].
using BoundOp =
    std::function<torch::Tensor(const std::vector<torch::Tensor>& inputs, bool training)>;

struct OpExecution {
  Op op;
  // `parameters` stand in the order of the op's row in ops/ops.h.
  BoundOp (*bind)(const NodeView& view, const std::vector<torch::Tensor>& parameters);
};

const std::vector<OpExecution>& opExecutions();
const OpExecution* opExecution(Op op);  // null: none

}  // namespace limbus
