// Batch norms over the batches of all ranks (ranks.h) together.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/train/ranks/ranks.h"

namespace limbus {

// While it lives, batch norms that train take mean and variance over the ranks' batches together.
class SharedNorms {
 public:
  explicit SharedNorms(const Ranks* ranks);
  ~SharedNorms();
  SharedNorms(const SharedNorms&) = delete;
  SharedNorms& operator=(const SharedNorms&) = delete;

  static const Ranks* ranks();  // null: none lives
};

// Batch norm of [N,C,H,W] over all ranks (Ioffe and Szegedy, 2015; what PyTorch calls
// SyncBatchNorm): `parameters` are scale, shift, running mean and running variance, which move by
// `momentum`.
torch::Tensor sharedBatchNorm(const torch::Tensor& input,
                              const std::vector<torch::Tensor>& parameters, double momentum,
                              double eps, const Ranks& ranks);

}  // namespace limbus
