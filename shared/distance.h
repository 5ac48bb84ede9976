// Euclidean distance transform of a set of pixels, exact.
//
// Ours because scores and parts of regions rest on it: the same doubles in the page and on every
// machine. cv::distanceTransform gives float roots, and its rounding is its version's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace limbus {

// Squared distance in px^2 of every pixel's centre to that of the nearest pixel that is not 0;
// [H,W]. Beyond 1e19 where there is none.
std::vector<double> squaredDistances(std::span<const std::uint8_t> is, int width, int height);

}  // namespace limbus
