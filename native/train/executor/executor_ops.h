// How each Op runs in LibTorch: one row per Op, keyed by it.
#pragma once

#include <vector>

#include "native/train/executor/bound_op.h"
#include "shared/ops/ops.h"

namespace limbus {

struct OpExecution {
  Op op;
  // `parameters` stand in the order of the op's row in ops/ops.h.
  BoundOp (*bind)(const NodeView& view, const std::vector<torch::Tensor>& parameters);
};

const std::vector<OpExecution>& opExecutions();
const OpExecution* opExecution(Op op);  // null: none

}  // namespace limbus
