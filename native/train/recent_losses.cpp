#include "native/train/recent_losses.h"

#include <cmath>
#include <utility>

namespace limbus {

RecentLosses::RecentLosses(std::size_t room, torch::Device device)
    : room_(room),
      losses_(torch::zeros({static_cast<std::int64_t>(room)},
                           torch::dtype(torch::kFloat64).device(device))) {}

void RecentLosses::add(Step step, const torch::Tensor& loss) {
  losses_[static_cast<std::int64_t>(steps_.size())].copy_(loss);
  steps_.push_back(std::move(step));
}

std::optional<RecentLosses::Step> RecentLosses::look(double& sum) {
  std::optional<Step> broken;
  if (steps_.empty()) return broken;
  const torch::Tensor values = losses_.to(torch::kCPU);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const double loss = values.data_ptr<double>()[i];
    if (!broken && !std::isfinite(loss)) broken = std::move(steps_[i]);
    sum += loss;
  }
  steps_.clear();
  return broken;
}

}  // namespace limbus
