// A node ready to run in LibTorch: its attributes are read and its parameters at hand.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <utility>
#include <vector>

namespace limbus {

// What a node computes, in the order of Node::outputs. One tensor converts by itself.
struct OpResults {
  OpResults(torch::Tensor one) : values{std::move(one)} {}
  OpResults(torch::Tensor first, torch::Tensor second)
      : values{std::move(first), std::move(second)} {}
  explicit OpResults(std::vector<torch::Tensor> all) : values(std::move(all)) {}

  std::vector<torch::Tensor> values;
};

// Inputs are [N,C,H,W].
using BoundOp = std::function<OpResults(const std::vector<torch::Tensor>& inputs, bool training)>;

}  // namespace limbus
