// Tiles of planes and their transforms for convolutions of 3x3 by Winograd's algorithm: tiles of
// 6x6 values give 4x4 outputs with 36 products instead of 144 (Lavin and Gray, Fast Algorithms for
// Convolutional Neural Networks, 2015). The points are 0, +-1/sqrt(2), +-sqrt(2) and infinity,
// which round less than their 0, +-1, +-2.
#pragma once

#include <cstdint>

namespace limbus::winograd {

constexpr std::int64_t kTaps = 3, kOut = 4, kIn = 6, kPoints = kIn * kIn;
constexpr double kA = 0.7071067811865476, kB = 1.4142135623730951;  // the points

// Tiles over so many outputs along an axis; the last may reach beyond them.
constexpr std::int64_t tilesOver(std::int64_t outputs) { return (outputs + kOut - 1) / kOut; }

// Where the tiles of a batch of planes lie: tile by tile, row by row, image by image.
struct Tiling {
  std::int64_t channels, height, width;  // of the map
  std::int64_t rows, columns;            // of tiles, in each image
  std::int64_t top, left;                // how far the first tile begins outside of the map

  std::int64_t ofEach() const { return rows * columns; }
};

// Below: tiles of one channel, `count` from `first` on, whose plane in the first image begins at
// `map`; point p of tile first + i is at [p * apart + i].

// Tiles of 6x6 of the image; 0 outside of it.
void imageTiles(const Tiling& tiling, const float* map, std::int64_t first, std::int64_t count,
                float* to, std::int64_t apart);

// Tiles of 4x4 of the outputs' gradient, as the gradients of the products.
void gradientTiles(const Tiling& tiling, const float* map, std::int64_t first, std::int64_t count,
                   float* to, std::int64_t apart);

// Products to outputs, each with a constant added.
void outputsOfTiles(const Tiling& tiling, const float* from, std::int64_t apart, std::int64_t first,
                    std::int64_t count, float constant, float* map);

}  // namespace limbus::winograd
