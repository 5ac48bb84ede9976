// What rows that take another sample of the data set do with it, once their numbers are drawn.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "native/data/augment/augment.h"

namespace limbus {

// The other is as large as this one and not augmented.
struct Patch {
  int left = 0, top = 0, width = 0, height = 0;  // px; what comes from the other
};

struct PastedClasses {
  std::vector<std::uint8_t> labels;  // whose pixels all come from the other
};

// image (1 - share) + other share; void where the labels differ.
struct Blend {
  double share = 0;
};

using MixHow = std::variant<Patch, PastedClasses, Blend>;

struct Mix {
  std::size_t other = 0;  // which sample of the data set
  MixHow how;
};

// Those that a mask has, void apart, ascending.
std::vector<std::uint8_t> labelsOf(const Mask& mask);

// The draw of the other sample, which a SampleSource begins with.
std::size_t drawOther(std::size_t samples, Random& random);

// The draws of a row behind that of the other sample, whose labels it is told; null: the row takes
// none.
using MixDraw = MixHow (*)(const ImageExtent& of, Random& random,
                           const std::vector<std::uint8_t>& labels, const Options& options);
MixDraw mixDraw(const AugmentationRow& row);

}  // namespace limbus
