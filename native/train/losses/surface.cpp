// Kervadec et al., "Boundary loss for highly unbalanced segmentation", 2019: probability times the
// signed distance to the class, mean over classes and pixels; distances in diagonals of the map, as
// RITnet (Chaudhary et al., 2019) has them.
#include <cmath>

#include "native/train/losses/pixels.h"

namespace limbus {
namespace {

torch::Tensor surface(const LossInput& input, const NoOptions&) {
  const torch::Tensor p = probabilities(input, Activation::softmax);
  const double diagonalPx =
      std::hypot(static_cast<double>(p.size(2) - 1), static_cast<double>(p.size(3) - 1));
  const torch::Tensor perPixel = (p * input.distances.to(p.dtype())).mean(1);
  return validMean(perPixel, input.target) / std::max(diagonalPx, 1.0);
}

}  // namespace

LossRow surfaceRow() {
  LossRow row{"surface", "probability times the distance from the class (boundary loss)",
              NoOptions{}, typed<surface>};
  row.needs.distances = true;
  return row;
}

}  // namespace limbus
