// A trained network, or several, whose answers another one learns from (the loss "distill").
#pragma once

#include <torch/torch.h>

namespace limbus {

class Teacher {
 public:
  virtual ~Teacher() = default;
  // [N,K,H,W], of the size of the images [N,C,H,W] that the learning network is given; no part of
  // any gradient. Waits for no device, so that it can be recorded (cuda_graph.h).
  virtual torch::Tensor logits(const torch::Tensor& images) const = 0;
};

}  // namespace limbus
