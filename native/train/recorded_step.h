// A small network's step keeps the CPU busy with launching kernels while the GPU waits for them.
// Recorded as a CUDA graph, forward pass, loss, backward pass and update are one launch.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/train/batches/batch_source.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/optimizers.h"

namespace limbus {

// CudaGraph::record, or what does as much elsewhere.
using Recorder = std::function<std::unique_ptr<CudaGraph>(const std::function<void()>& work)>;

class RecordedStep {
 public:
  // Fills the optimiser's gradients from zero, may update by them, returns the detached loss.
  using Work = std::function<torch::Tensor(const DeviceBatch&)>;
  // What work does depends on these numbers and on the batch, on nothing else that changes.
  using Plan = std::vector<std::int64_t>;

  RecordedStep(Optimizer& optimizer, Recorder recorder)
      : optimizer_(optimizer), recorder_(std::move(recorder)) {}

  // `work` itself for the first batches, in which libraries choose their kernels, for batches of
  // another shape, and for good once it could not be recorded; its replay otherwise. With another
  // plan it is recorded anew.
  torch::Tensor operator()(const DeviceBatch& batch, const Plan& plan, const Work& work);

  // Why it is not recorded; empty where nothing is in the way.
  const std::string& problem() const { return problem_; }

 private:
  void record(const Work& work);

  Optimizer& optimizer_;
  Recorder recorder_;
  Plan plan_;
  int plainSteps_ = 0;
  DeviceBatch held_;  // what the graph reads
  torch::Tensor loss_;
  Tensors gradients_;
  std::unique_ptr<CudaGraph> graph_;
  std::string problem_;
};

}  // namespace limbus
