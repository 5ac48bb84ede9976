#include "native/train/ranks/shared_norm.h"

namespace limbus {
namespace {

const Ranks* sharing = nullptr;

// The sum over the ranks. Each rank's loss hangs on everyone's values: their gradients are summed
// likewise.
struct SumOverRanks : torch::autograd::Function<SumOverRanks> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& values, std::int64_t ranks) {
    context->saved_data["ranks"] = ranks;
    torch::Tensor all = values.clone();
    reinterpret_cast<const Ranks*>(ranks)->sum(all);
    return all;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    torch::Tensor all = gradients[0].clone();
    reinterpret_cast<const Ranks*>(context->saved_data["ranks"].toInt())->sum(all);
    return {all, torch::Tensor()};
  }
};

}  // namespace

SharedNorms::SharedNorms(const Ranks* ranks) { sharing = ranks; }
SharedNorms::~SharedNorms() { sharing = nullptr; }
const Ranks* SharedNorms::ranks() { return sharing; }

torch::Tensor sharedBatchNorm(const torch::Tensor& input,
                              const std::vector<torch::Tensor>& parameters, double momentum,
                              double eps, const Ranks& ranks) {
  const std::int64_t channels = input.size(1);
  // Squares and sums of halves would be rounded to halves; what comes of them is, once.
  const torch::Tensor wide =
      input.scalar_type() == torch::kFloat64 ? input : input.to(torch::kFloat32);
  const auto perChannel = [&](const torch::Tensor& values) {
    return values.to(wide.scalar_type()).view({1, channels, 1, 1});
  };
  const std::vector<std::int64_t> others = {0, 2, 3};
  const auto doubles = torch::dtype(torch::kFloat64).device(input.device());
  // In doubles, as the difference of two large numbers is a variance.
  const torch::Tensor own = torch::cat(
      {input.sum(others, false, torch::kFloat64), wide.square().sum(others, false, torch::kFloat64),
       torch::full({1}, static_cast<double>(input.numel() / channels), doubles)});
  const torch::Tensor all = SumOverRanks::apply(own, reinterpret_cast<std::int64_t>(&ranks));
  const torch::Tensor count = all.narrow(0, 2 * channels, 1).detach();
  const torch::Tensor mean = all.narrow(0, 0, channels) / count;
  // Squares are rounded before they are summed up: of a channel of one value less may be left than
  // 0.
  const torch::Tensor variance =
      (all.narrow(0, channels, channels) / count - mean.square()).clamp_min(0);
  {
    const torch::NoGradGuard noGradients;
    torch::Tensor runningMean = parameters[2], runningVariance = parameters[3];
    runningMean.mul_(1 - momentum).add_(mean.detach().to(runningMean.scalar_type()), momentum);
    const torch::Tensor unbiased = variance.detach() * (count / (count - 1).clamp_min(1));
    runningVariance.mul_(1 - momentum).add_(unbiased.to(runningVariance.scalar_type()), momentum);
  }
  const torch::Tensor factor = parameters[0] * (variance + eps).rsqrt();
  const torch::Tensor shift = parameters[1] - mean * factor;
  return (wide * perChannel(factor) + perChannel(shift)).to(input.scalar_type());
}

}  // namespace limbus
