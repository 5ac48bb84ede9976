// Whether a network's confidence means what it says: of the pixels that it gives 80%, are 80%
// right?
//
//   Calibration calibration;
//   calibration.add(0.9F, true);  // every labelled pixel
//   double ece = calibration.error();
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace limbus {

// Guo et al., "On calibration of modern neural networks", 2017: pixels fall into bins of equal
// width by their confidence, the probability of the class that was predicted.
class Calibration {
 public:
  static constexpr std::size_t kBins = 15;

  struct Bin {
    std::int64_t pixels = 0;
    double confidence = 0;  // means over the pixels, [0,1]; 0 without any
    double accuracy = 0;
  };

  void add(float confidence, bool right);  // confidence in [0,1]

  Bin bin(std::size_t index) const;
  std::int64_t pixels() const;
  // Expected and maximum calibration error, [0,1]: the distance of confidence and accuracy, as a
  // mean over all pixels, and in the worst bin that has any. 0 without pixels.
  double error() const;
  double largestError() const;

 private:
  struct Sum {
    std::int64_t pixels = 0, right = 0;
    double confidence = 0;
  };
  std::array<Sum, kBins> sums_{};
};

}  // namespace limbus
