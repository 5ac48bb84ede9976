// Gradients averaged over the ranks while the backward pass that makes them is under way: as soon
// as the last layers' are there, they travel (Li et al., "PyTorch Distributed: experiences on
// accelerating data parallel training", VLDB 2020).
#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "native/train/ranks/ranks.h"

namespace limbus {

namespace compat {
class GradientHook;  // torch_compat.h
}

class SharedGradients {
 public:
  // The parameters must outlive it.
  SharedGradients(const Ranks& ranks, std::vector<torch::Tensor> parameters);
  ~SharedGradients();
  SharedGradients(const SharedGradients&) = delete;
  SharedGradients& operator=(const SharedGradients&) = delete;

  // Before a backward pass that fills the gradients anew.
  void begin();
  // Behind it: waits until each gradient is the mean over the ranks. All parameters have one.
  void finish();

  // How many buckets of the last pass travelled while others waited for their gradients.
  int early() const { return early_; }

 private:
  struct Bucket {
    std::vector<std::size_t> members;  // indices of parameters
    std::size_t waited = 0;            // of them, for their gradient
    Ranks::Sum sum = {};
  };
  void arrange();
  void arrived(std::size_t parameter);
  std::vector<torch::Tensor> gradientsOf(const Bucket& bucket) const;
  void send(Bucket& bucket);

  const Ranks& ranks_;
  std::vector<torch::Tensor> parameters_;
  std::vector<bool> learning_;  // by parameter: takes a gradient at all
  std::vector<std::size_t> bucketOf_;
  std::vector<Bucket> buckets_;  // in the order in which all ranks send them
  std::vector<std::unique_ptr<compat::GradientHook>> hooks_;
  std::size_t next_ = 0;  // bucket
  bool underWay_ = false;
  int early_ = 0;
};

}  // namespace limbus
