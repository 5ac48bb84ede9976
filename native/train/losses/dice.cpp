// 1 - 2 sum(p t) / (sum t + sum p + 1e-6) per class over the whole batch, mean over the classes
// (Milletari et al., "V-Net", 2016, without the squares; as OpenEDS 2019's second place has it).
#include "native/train/losses/rows.h"

namespace limbus {
namespace {

constexpr double kDenominatorFloor = 1e-6;

torch::Tensor dice(const LossInput& input, const NoOptions&) {
  const torch::Tensor& target = input.target;
  const torch::Tensor valid = validPixels(target).unsqueeze(1);       // [N,1,H,W]
  const torch::Tensor p = torch::softmax(input.logits(), 1) * valid;  // [N,K,H,W]
  const torch::Tensor label = target.unsqueeze(1).masked_fill(~valid, 0);
  const torch::Tensor t = torch::zeros_like(p).scatter(1, label, valid.to(p.dtype()));
  const std::vector<std::int64_t> overPixels = {0, 2, 3};
  const torch::Tensor shared = (p * t).sum(overPixels);  // [K]
  const torch::Tensor total = t.sum(overPixels) + p.sum(overPixels);
  return (1 - 2 * shared / (total + kDenominatorFloor)).mean();
}

}  // namespace

LossRow diceRow() {
  return {"dice", "soft Dice over the batch, mean over all classes, background included",
          NoOptions{}, typed<dice>};
}

}  // namespace limbus
