// One operation without oneDNN or cuDNN, forward and backward: for kernels that a self-check found
// wrong (self_check.h). The backward pass runs later, among others that keep the libraries, so the
// switch is thrown around both.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "native/train/bound_op.h"

namespace limbus {

using RunOp = std::function<OpResults(const std::vector<torch::Tensor>& inputs)>;

// `parameters` are those that `run` uses beside its inputs: gradients reach them too.
OpResults runWithoutLibraries(const RunOp& run, const std::vector<torch::Tensor>& inputs,
                              const std::vector<torch::Tensor>& parameters);

}  // namespace limbus
