// One operation without oneDNN or cuDNN, forward and backward: for kernels that a self-check found
// wrong (self_check.h). The backward pass runs later, among others that keep the libraries, so the
// switch is thrown around both.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/train/executor/bound_op.h"

namespace limbus {

// `parameters` are those that `run` uses beside its inputs: gradients reach them too.
BoundOp withoutLibraries(BoundOp run, std::vector<torch::Tensor> parameters);

}  // namespace limbus
