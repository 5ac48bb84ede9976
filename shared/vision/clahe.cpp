#include "shared/vision/clahe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace limbus {
namespace {

constexpr int kGreyLevels = 256;
using Table = std::array<std::uint8_t, kGreyLevels>;

// The tiles cover the image, enlarged by mirrored pixels where it does not divide evenly.
struct TileGrid {
  int tilesX = 1;
  int tilesY = 1;
  int tileWidth = 1;
  int tileHeight = 1;
  std::vector<int> columns;  // image column of each column of the enlarged image
  std::vector<int> rows;
};

int mirrored(int i, int size) {
  if (size == 1) return 0;
  const int phase = i % (2 * (size - 1));
  return phase < size ? phase : 2 * (size - 1) - phase;
}

std::vector<int> mirroredRange(int count, int size) {
  std::vector<int> range(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) range[i] = mirrored(i, size);
  return range;
}

TileGrid makeTileGrid(const Image& image, const Clahe& options) {
  TileGrid grid;
  grid.tilesX = options.tilesX;
  grid.tilesY = options.tilesY;
  int width = image.width;
  int height = image.height;
  if (width % grid.tilesX != 0 || height % grid.tilesY != 0) {
    width += grid.tilesX - width % grid.tilesX;    // a whole tile count even if this side divides,
    height += grid.tilesY - height % grid.tilesY;  // as OpenCV does
  }
  grid.tileWidth = width / grid.tilesX;
  grid.tileHeight = height / grid.tilesY;
  grid.columns = mirroredRange(width, image.width);
  grid.rows = mirroredRange(height, image.height);
  return grid;
}

// Nearest integer, ties to even, for 0 .. 255.
inline std::uint8_t roundToByte(float value) {
  const float rounded = (value + 12582912.0F) - 12582912.0F;
  return static_cast<std::uint8_t>(static_cast<int>(std::min(rounded, 255.0F)));
}

void clipHistogram(std::array<int, kGreyLevels>& histogram, int limit) {
  int clipped = 0;
  for (int& count : histogram) {
    clipped += std::max(count - limit, 0);
    count = std::min(count, limit);
  }
  const int share = clipped / kGreyLevels;
  int rest = clipped - share * kGreyLevels;
  for (int& count : histogram) count += share;
  if (rest == 0) return;
  const int step = std::max(kGreyLevels / rest, 1);
  for (int i = 0; i < kGreyLevels && rest > 0; i += step, --rest) ++histogram[i];
}

Table makeTable(const Image& image, int channel, const TileGrid& grid, int tileX, int tileY,
                double clipLimit) {
  std::array<int, kGreyLevels> histogram{};
  for (int y = tileY * grid.tileHeight; y < (tileY + 1) * grid.tileHeight; ++y) {
    const std::uint8_t* row = image.row(grid.rows[y]) + channel;
    for (int x = tileX * grid.tileWidth; x < (tileX + 1) * grid.tileWidth; ++x) {
      ++histogram[row[grid.columns[x] * image.channels]];
    }
  }
  const int tilePixels = grid.tileWidth * grid.tileHeight;
  const double limit = std::min(clipLimit * tilePixels / kGreyLevels, 1e9);
  clipHistogram(histogram, std::max(static_cast<int>(limit), 1));
  const float scale = static_cast<float>(kGreyLevels - 1) / tilePixels;
  Table table{};
  int sum = 0;
  for (int i = 0; i < kGreyLevels; ++i) {
    sum += histogram[i];
    table[i] = roundToByte(static_cast<float>(sum) * scale);
  }
  return table;
}

// Which two tiles a coordinate lies between, and how far from the first.
struct Blend {
  int first = 0;
  int second = 0;
  float share = 0;  // of the second
};

std::vector<Blend> makeBlends(int size, int tileSize, int tiles) {
  std::vector<Blend> blends(static_cast<std::size_t>(size));
  const float inverse = 1.0F / tileSize;
  for (int i = 0; i < size; ++i) {
    const float position = i * inverse - 0.5F;
    const int first = static_cast<int>(std::floor(position));
    blends[i] = {std::max(first, 0), std::min(first + 1, tiles - 1), position - first};
  }
  return blends;
}

void equalise(Image& image, int channel, const TileGrid& grid, double clipLimit) {
  std::vector<Table> tables;
  for (int tileY = 0; tileY < grid.tilesY; ++tileY) {
    for (int tileX = 0; tileX < grid.tilesX; ++tileX) {
      tables.push_back(makeTable(image, channel, grid, tileX, tileY, clipLimit));
    }
  }
  const std::vector<Blend> columns = makeBlends(image.width, grid.tileWidth, grid.tilesX);
  const std::vector<Blend> rows = makeBlends(image.height, grid.tileHeight, grid.tilesY);
  for (int y = 0; y < image.height; ++y) {
    const Table* upper = tables.data() + rows[y].first * grid.tilesX;
    const Table* lower = tables.data() + rows[y].second * grid.tilesX;
    const float low = rows[y].share;
    const float up = 1.0F - low;
    std::uint8_t* pixel = image.row(y) + channel;
    for (int x = 0; x < image.width; ++x, pixel += image.channels) {
      const Blend& column = columns[x];
      const std::uint8_t v = *pixel;
      const float right = column.share;
      const float left = 1.0F - right;
      const float top = upper[column.first][v] * left + upper[column.second][v] * right;
      const float bottom = lower[column.first][v] * left + lower[column.second][v] * right;
      *pixel = roundToByte(top * up + bottom * low);
    }
  }
}

}  // namespace

void applyClahe(Image& image, const Clahe& options) {
  const TileGrid grid = makeTileGrid(image, options);
  for (int channel = 0; channel < image.channels; ++channel) {
    equalise(image, channel, grid, options.clipLimit);
  }
}

}  // namespace limbus
