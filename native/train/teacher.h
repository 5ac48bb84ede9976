// A trained network, or several, from which another one learns: by its answers (the loss "distill")
// and by where it looks (the loss "attention").
#pragma once

#include <torch/torch.h>

#include <vector>

namespace limbus {

struct Taught {
  torch::Tensor logits;                       // [N,K,H,W], of the images' size
  std::vector<torch::Tensor> attention = {};  // [N,h,w] for each of strides()
};

class Teacher {
 public:
  virtual ~Teacher() = default;
  // About the images [N,C,H,W] that the learning network is given; no part of any gradient. Waits
  // for no device, so that it can be recorded (cuda_graph.h).
  virtual Taught teach(const torch::Tensor& images) const = 0;
  // Of the feature maps that it tells about, finest first: image pixels per cell.
  virtual std::vector<int> strides() const { return {}; }
};

}  // namespace limbus
