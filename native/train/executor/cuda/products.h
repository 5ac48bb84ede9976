// How a gradient by weights is dealt out that is a product of two matrices, as a convolution's is:
// what each weight sees times the gradient of each output's channel, summed over all places (an
// implicit GEMM, its long side split between blocks).
#pragma once

#include <algorithm>

namespace limbus::cuda_products {

constexpr int kSide = 4;  // of a square of products, which one thread keeps

inline int dividedUp(int value, int by) { return (value + by - 1) / by; }

// Squares of products, and the quads, four places each, that their sums go over.
struct Deal {
  int across, down;  // squares
  int parts;         // of one image, a block each
  int quadsOfPart, quadsOfTile;
};

// `parts` of an image, or fewer: no block writes more than half of what it fills its tiles with.
// A tile has a row of quads for each side's products, kSide * (across + down) * (quadsOfTile | 1)
// of `room`, and `mostQuads` in a row.
inline Deal dealtOut(int across, int down, int quads, int parts, int room, int mostQuads) {
  const int rows = kSide * (across + down);
  const int least = dividedUp(kSide * kSide * across * down, 2 * rows);
  const int wanted = std::clamp(parts, 1, std::max(1, quads / least));
  const int ofPart = dividedUp(quads, wanted);
  const int fits = std::min(mostQuads, (room / rows - 1) | 1);  // an odd number
  return {across, down, dividedUp(quads, ofPart) /* none is empty */, ofPart,
          dividedUp(ofPart, dividedUp(ofPart, fits))};
}

}  // namespace limbus::cuda_products
