#include "native/train/executor/winograd_tiles.h"

#include <algorithm>
#include <array>

#include "native/train/executor/wide_loops.h"

namespace limbus::winograd {
namespace {

constexpr std::int64_t kTilesAtOnce = 64;  // tiles side by side
constexpr float a1 = kA, a2 = kA * kA, a3 = kA * kA * kA;
constexpr float b1 = kB, b2 = kB * kB, b3 = kB * kB * kB;

// Tiles side by side; [row * kIn + column] is one place of each.
using Tiles = std::array<std::array<float, kTilesAtOnce>, kPoints>;

// The transforms of one line of each tile, whose values lie `step` places apart: of 6 values of the
// image, of 6 products to 4 outputs, and of 4 gradients of outputs to those of 6 products.

void ofImage(Tiles& tiles, std::int64_t first, std::int64_t step) {
  float *d0 = tiles[first].data(), *d1 = tiles[first + step].data(),
        *d2 = tiles[first + 2 * step].data(), *d3 = tiles[first + 3 * step].data(),
        *d4 = tiles[first + 4 * step].data(), *d5 = tiles[first + 5 * step].data();
  for (std::int64_t i = 0; i < kTilesAtOnce; ++i) {
    const float even = d4[i] - b2 * d2[i], odd = a1 * (d3[i] - b2 * d1[i]);
    const float even2 = d4[i] - a2 * d2[i], odd2 = b1 * (d3[i] - a2 * d1[i]);
    const float begin = d0[i] - (a2 + b2) * d2[i] + d4[i], end = d1[i] - (a2 + b2) * d3[i] + d5[i];
    d0[i] = begin;
    d1[i] = even + odd;
    d2[i] = even - odd;
    d3[i] = even2 + odd2;
    d4[i] = even2 - odd2;
    d5[i] = end;
  }
}

void toOutputs(Tiles& tiles, std::int64_t first, std::int64_t step) {
  float *m0 = tiles[first].data(), *m1 = tiles[first + step].data(),
        *m2 = tiles[first + 2 * step].data(), *m3 = tiles[first + 3 * step].data();
  const float *m4 = tiles[first + 4 * step].data(), *m5 = tiles[first + 5 * step].data();
  for (std::int64_t i = 0; i < kTilesAtOnce; ++i) {
    const float sum = m1[i] + m2[i], difference = m1[i] - m2[i];
    const float sum2 = m3[i] + m4[i], difference2 = m3[i] - m4[i];
    m0[i] = m0[i] + sum + sum2;
    m1[i] = a1 * difference + b1 * difference2;
    m2[i] = a2 * sum + b2 * sum2;
    m3[i] = a3 * difference + b3 * difference2 + m5[i];
  }
}

void ofGradient(Tiles& tiles, std::int64_t first, std::int64_t step) {
  float *y0 = tiles[first].data(), *y1 = tiles[first + step].data(),
        *y2 = tiles[first + 2 * step].data(), *y3 = tiles[first + 3 * step].data(),
        *m4 = tiles[first + 4 * step].data(), *m5 = tiles[first + 5 * step].data();
  for (std::int64_t i = 0; i < kTilesAtOnce; ++i) {
    const float even = y0[i] + a2 * y2[i], odd = a1 * y1[i] + a3 * y3[i];
    const float even2 = y0[i] + b2 * y2[i], odd2 = b1 * y1[i] + b3 * y3[i];
    const float end = y3[i];
    y1[i] = even + odd;
    y2[i] = even - odd;
    y3[i] = even2 + odd2;
    m4[i] = even2 - odd2;
    m5[i] = end;
  }
}

// Tiles that follow one another in a row of an image.
struct Run {
  std::int64_t lane, count;  // among those side by side
  std::int64_t image;        // where the plane of their image begins
  std::int64_t y, x;         // the first one's corner

  // Those of `size` values that lie inside of the map in x: from the first to before the last.
  std::int64_t firstInside() const { return std::min(count, x < 0 ? (kOut - 1 - x) / kOut : 0); }
  std::int64_t endInside(std::int64_t width, std::int64_t size) const {
    return width < x + size ? 0 : std::min(count, (width - x - size) / kOut + 1);
  }
};

// one(run) of `count` tiles from `first` on.
template <class One>
void eachRun(const Tiling& tiling, std::int64_t first, std::int64_t count, One one) {
  for (std::int64_t lane = 0; lane < count;) {
    const std::int64_t tile = first + lane, row = tile / tiling.columns,
                       column = tile % tiling.columns,
                       some = std::min(tiling.columns - column, count - lane);
    one(Run{lane, some, row / tiling.rows * tiling.channels * tiling.height * tiling.width,
            row % tiling.rows * kOut - tiling.top, column * kOut - tiling.left});
    lane += some;
  }
}

// The map's values of tiles of `size` x `size`; 0 outside of it.
template <std::int64_t size>
void load(const Tiling& tiling, const float* map, std::int64_t first, std::int64_t count,
          Tiles& tiles) {
  eachRun(tiling, first, count, [&](const Run& run) {
    const std::int64_t begin = run.firstInside(),
                       end = std::max(begin, run.endInside(tiling.width, size));
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t y = run.y + i;
      const bool there = y >= 0 && y < tiling.height;
      const float* row = map + run.image + y * tiling.width + run.x;
      const auto border = [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t tile = from; tile < to; ++tile) {
          for (std::int64_t j = 0; j < size; ++j) {
            const std::int64_t x = run.x + tile * kOut + j;
            tiles[i * kIn + j][run.lane + tile] =
                there && x >= 0 && x < tiling.width ? row[tile * kOut + j] : 0.0F;
          }
        }
      };
      if (!there) {
        border(0, run.count);
        continue;
      }
      border(0, begin);
      for (std::int64_t j = 0; j < size; ++j) {
        float* __restrict to = tiles[i * kIn + j].data() + run.lane;
        const float* from = row + j;
        for (std::int64_t tile = begin; tile < end; ++tile) to[tile] = from[tile * kOut];
      }
      border(end, run.count);
    }
  });
}

// Tiles to `to`, a channel of [kPoints, channels, all tiles] whose points lie `apart`, and back.
void copyTo(float* to, std::int64_t apart, std::int64_t count, const Tiles& tiles) {
  for (std::int64_t p = 0; p < kPoints; ++p) {
    for (std::int64_t i = 0; i < count; ++i) to[p * apart + i] = tiles[p][i];
  }
}
void copyFrom(const float* from, std::int64_t apart, std::int64_t count, Tiles& tiles) {
  for (std::int64_t p = 0; p < kPoints; ++p) std::copy_n(from + p * apart, count, tiles[p].data());
}

// Tiles of `size` x `size` values of a map as points; `line` transforms one line of each.
template <std::int64_t size, void (*line)(Tiles&, std::int64_t, std::int64_t)>
void toPoints(const Tiling& tiling, const float* map, std::int64_t first, std::int64_t count,
              float* to, std::int64_t apart) {
  Tiles tiles{};
  for (std::int64_t t = 0; t < count; t += kTilesAtOnce) {
    const std::int64_t some = std::min(kTilesAtOnce, count - t);
    load<size>(tiling, map, first + t, some, tiles);
    for (std::int64_t i = 0; i < size; ++i) line(tiles, i, kIn);
    for (std::int64_t i = 0; i < kIn; ++i) line(tiles, i * kIn, 1);
    copyTo(to + t, apart, some, tiles);
  }
}

}  // namespace

LIMBUS_WIDE_LOOPS void imageTiles(const Tiling& tiling, const float* map, std::int64_t first,
                                  std::int64_t count, float* to, std::int64_t apart) {
  toPoints<kIn, ofImage>(tiling, map, first, count, to, apart);
}

LIMBUS_WIDE_LOOPS void gradientTiles(const Tiling& tiling, const float* map, std::int64_t first,
                                     std::int64_t count, float* to, std::int64_t apart) {
  toPoints<kOut, ofGradient>(tiling, map, first, count, to, apart);
}

LIMBUS_WIDE_LOOPS void outputsOfTiles(const Tiling& tiling, const float* from, std::int64_t apart,
                                      std::int64_t first, std::int64_t count, float constant,
                                      float* map) {
  Tiles tiles{};
  for (std::int64_t t = 0; t < count; t += kTilesAtOnce) {
    const std::int64_t some = std::min(kTilesAtOnce, count - t);
    copyFrom(from + t, apart, some, tiles);
    for (std::int64_t i = 0; i < kIn; ++i) toOutputs(tiles, i, kIn);
    for (std::int64_t i = 0; i < kOut; ++i) toOutputs(tiles, i * kIn, 1);
    eachRun(tiling, first + t, some, [&](const Run& run) {
      const std::int64_t end = run.endInside(tiling.width, kOut);
      for (std::int64_t i = 0; i < std::min(kOut, tiling.height - run.y); ++i) {
        float* row = map + run.image + (run.y + i) * tiling.width + run.x;
        for (std::int64_t j = 0; j < kOut; ++j) {
          const float* from = tiles[i * kIn + j].data() + run.lane;
          for (std::int64_t tile = 0; tile < end; ++tile)
            row[tile * kOut + j] = from[tile] + constant;
          if (end < run.count && run.x + end * kOut + j < tiling.width) {
            row[end * kOut + j] = from[end] + constant;
          }
        }
      }
    });
  }
}

}  // namespace limbus::winograd
