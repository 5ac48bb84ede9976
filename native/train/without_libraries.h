// One operation without oneDNN or cuDNN, forward and backward: for kernels that a self-check found
// wrong (self_check.h). The backward pass runs later, among others that keep the libraries, so the
// switch is thrown around both.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <vector>

namespace limbus {

using RunOp = std::function<torch::Tensor(const std::vector<torch::Tensor>& inputs)>;

// `parameters` are those that `run` uses beside its inputs: gradients reach them too.
torch::Tensor runWithoutLibraries(const RunOp& run, const std::vector<torch::Tensor>& inputs,
                                  const std::vector<torch::Tensor>& parameters);

}  // namespace limbus
