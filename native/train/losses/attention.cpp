// What a trained network looks at, beside what it says.
#include "native/train/losses/attention.h"

#include <stdexcept>

#include "native/train/executor/resize.h"
#include "native/train/losses/pixels.h"

namespace limbus {
namespace {

constexpr double kTiny = 1e-12;

torch::Tensor ofUnitLength(const torch::Tensor& maps) {
  return maps / (maps.square().sum({1, 2}, /*keepdim=*/true) + kTiny).sqrt();
}

// The squared distance between both networks' attention, between 0 and 2: mean over the images and
// the scales. Cells count by their share of pixels that are not void.
torch::Tensor attention(const LossInput& input, const NoOptions&) {
  if (input.attention.empty() || input.attention.size() != input.features.size()) {
    throw std::invalid_argument("attention lacks a teacher's feature maps");
  }
  torch::Tensor sum = torch::zeros({}, input.logits().options());
  if (input.head > 0) return sum;  // features are the whole network's
  const torch::Tensor valid =
      validPixels(input.target).to(input.logits().scalar_type()).unsqueeze(1);
  for (std::size_t i = 0; i < input.features.size(); ++i) {
    const torch::Tensor& features = input.features[i];
    const std::int64_t height = features.size(2), width = features.size(3);
    const torch::Tensor share = torch::adaptive_avg_pool2d(valid, {height, width}).squeeze(1);
    torch::Tensor taught = input.attention[i].to(features.scalar_type());
    if (taught.size(1) != height || taught.size(2) != width) {  // odd sizes, rounded otherwise
      taught = resizeBilinear(taught.unsqueeze(1), {height, width}, false).squeeze(1);
    }
    const torch::Tensor own = ofUnitLength(features.square().sum(1) * share);
    sum = sum + (own - ofUnitLength(taught * share)).square().sum({1, 2}).mean();
  }
  return sum / static_cast<double>(input.features.size());
}

}  // namespace

torch::Tensor attentionOf(const torch::Tensor& features) {
  return ofUnitLength(features.square().sum(1));
}

LossRow attentionRow() {
  LossRow row{"attention",
              "distance to where the recipe's teacher looks, at scales that both have (attention "
              "transfer)",
              NoOptions{}, typed<attention>};
  row.needsTeacher = true;
  row.needsFeatures = true;
  return row;
}

}  // namespace limbus
