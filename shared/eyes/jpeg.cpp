#include "shared/eyes/jpeg.h"

#include <algorithm>
#include <array>

#include "shared/elementary.h"

namespace limbus::eyes {
namespace {

// Table K.1: steps for luminance.
constexpr std::array<int, 64> kSteps = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};

using Block = std::array<float, 64>;

// basis[k * 8 + n]: the orthonormal cosine k at sample n.
Block cosineBasis() {
  Block basis{};
  for (int k = 0; k < 8; ++k) {
    const double scale = k == 0 ? squareRoot(0.125) : 0.5;
    for (int n = 0; n < 8; ++n) {
      basis[k * 8 + n] = static_cast<float>(scale * cosine((2 * n + 1) * k * kPi / 16.0));
    }
  }
  return basis;
}

// left * block * right, all 8x8 and row by row.
Block threefold(const Block& left, const Block& block, const Block& right) {
  Block half{};
  for (int i = 0; i < 8; ++i) {
    for (int k = 0; k < 8; ++k) {
      const float v = left[i * 8 + k];
      for (int j = 0; j < 8; ++j) half[i * 8 + j] += v * block[k * 8 + j];
    }
  }
  Block whole{};
  for (int i = 0; i < 8; ++i) {
    for (int k = 0; k < 8; ++k) {
      const float v = half[i * 8 + k];
      for (int j = 0; j < 8; ++j) whole[i * 8 + j] += v * right[k * 8 + j];
    }
  }
  return whole;
}

}  // namespace

void loseJpegDetail(Image& image, double quality) {
  static const Block basis = cosineBasis();
  Block turned{};
  for (int i = 0; i < 64; ++i) turned[i] = basis[(i % 8) * 8 + i / 8];
  const double scale = quality < 50 ? 50.0 / quality : 2.0 - quality / 50.0;
  Block step{};
  for (int i = 0; i < 64; ++i) step[i] = static_cast<float>(std::max(1.0, kSteps[i] * scale));
  for (int top = 0; top < image.height; top += 8) {
    for (int left = 0; left < image.width; left += 8) {
      Block block{};
      for (int i = 0; i < 64; ++i) {
        const int y = std::min(top + i / 8, image.height - 1);
        const int x = std::min(left + i % 8, image.width - 1);
        block[i] = static_cast<float>(image.row(y)[x]) - 128.0F;
      }
      Block waves = threefold(basis, block, turned);
      for (int i = 0; i < 64; ++i) {
        const float count = waves[i] / step[i];
        waves[i] =
            step[i] * static_cast<float>(static_cast<int>(count < 0 ? count - 0.5F : count + 0.5F));
      }
      block = threefold(turned, waves, basis);
      for (int i = 0; i < 64; ++i) {
        const int y = top + i / 8;
        const int x = left + i % 8;
        if (y >= image.height || x >= image.width) continue;
        const float v = block[i] + 128.5F;
        image.row(y)[x] = static_cast<std::uint8_t>(v < 0.0F ? 0.0F : (v > 255.0F ? 255.0F : v));
      }
    }
  }
}

}  // namespace limbus::eyes
