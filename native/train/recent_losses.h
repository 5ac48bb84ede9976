// The losses of an epoch's last steps, left where they were computed: each look at them waits for
// the device.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace limbus {

class RecentLosses {
 public:
  struct Step {
    std::int64_t number = 0;  // of the run, from 1
    double lr = 0;
    std::vector<std::string> ids;  // of the samples in its batches
  };

  RecentLosses(std::size_t room, torch::Device device);

  void add(Step step, const torch::Tensor& loss);  // a number on the device
  bool full() const { return steps_.size() == room_; }
  // Adds them to `sum`, in their order, and forgets them. The first step whose loss is no finite
  // number; none: all are.
  std::optional<Step> look(double& sum);

 private:
  std::size_t room_;
  torch::Tensor losses_;
  std::vector<Step> steps_;
};

}  // namespace limbus
