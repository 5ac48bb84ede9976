#include "native/report/calibration.h"

#include <algorithm>
#include <cmath>

namespace limbus {

void Calibration::add(float confidence, bool right) {
  // Bins are open below and closed above, as in the paper.
  const int place = static_cast<int>(std::ceil(confidence * static_cast<float>(kBins))) - 1;
  Sum& sum = sums_[static_cast<std::size_t>(std::clamp(place, 0, static_cast<int>(kBins) - 1))];
  ++sum.pixels;
  sum.right += right ? 1 : 0;
  sum.confidence += static_cast<double>(confidence);
}

Calibration::Bin Calibration::bin(std::size_t index) const {
  const Sum& sum = sums_.at(index);
  if (sum.pixels == 0) return {};
  const double pixels = static_cast<double>(sum.pixels);
  return {sum.pixels, sum.confidence / pixels, static_cast<double>(sum.right) / pixels};
}

std::int64_t Calibration::pixels() const {
  std::int64_t total = 0;
  for (const Sum& sum : sums_) total += sum.pixels;
  return total;
}

double Calibration::error() const {
  double weighted = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    const Bin one = bin(i);
    weighted += static_cast<double>(one.pixels) * std::abs(one.confidence - one.accuracy);
  }
  return weighted / static_cast<double>(std::max<std::int64_t>(1, pixels()));
}

double Calibration::largestError() const {
  double largest = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    const Bin one = bin(i);
    largest = std::max(largest, std::abs(one.confidence - one.accuracy));
  }
  return largest;
}

}  // namespace limbus
