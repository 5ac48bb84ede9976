// A small network's step keeps the CPU busy with launching kernels while the GPU waits for them.
// Recorded as a CUDA graph, forward pass, loss and backward pass are one launch.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "native/train/batch_source.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/optimizers.h"

namespace limbus {

class RecordedPass {
 public:
  // Fills the optimiser's gradients from zero, returns the detached loss.
  using Pass = std::function<torch::Tensor(const DeviceBatch&)>;

  explicit RecordedPass(Optimizer& optimizer) : optimizer_(optimizer) {}

  // `pass` itself for the first batches, in which libraries choose their kernels, for batches of
  // another shape, and for good once it could not be recorded; its replay otherwise. `plan`: what
  // pass does depends on nothing else but the batch; with another one it is recorded anew.
  torch::Tensor operator()(const DeviceBatch& batch, std::int64_t plan, const Pass& pass);

  // Why it is not recorded; empty where nothing is in the way.
  const std::string& problem() const { return problem_; }

 private:
  void record(const Pass& pass);

  Optimizer& optimizer_;
  std::int64_t plan_ = -1;
  int plainPasses_ = 0;
  DeviceBatch held_;  // what the graph reads
  torch::Tensor loss_;
  Tensors gradients_;
  std::unique_ptr<CudaGraph> graph_;
  std::string problem_;
};

}  // namespace limbus
