#include "shared/eyes/jpeg.h"

#include <algorithm>
#include <array>

#include "shared/elementary.h"
#include "shared/eyes/shading.h"

namespace limbus::eyes {
namespace {

// Table K.1: steps for luminance.
constexpr std::array<int, 64> kSteps = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};

using CodedBlock = std::array<float, 64>;

// basis[k * 4 + n]: the orthonormal cosine k at sample n < 4. At 7 - n it is the same for even k,
// its negative for odd k, which halves the work.
std::array<float, 32> cosineBasis() {
  std::array<float, 32> basis{};
  for (int k = 0; k < 8; ++k) {
    const double scale = k == 0 ? squareRoot(0.125) : 0.5;
    for (int n = 0; n < 4; ++n) {
      basis[k * 4 + n] = static_cast<float>(scale * cosine((2 * n + 1) * k * kPi / 16.0));
    }
  }
  return basis;
}

void addRow(float weight, const float* from, float* to) {
  for (int j = 0; j < 8; ++j) to[j] += weight * from[j];
}

CodedBlock transposed(const CodedBlock& block) {
  CodedBlock turned;
  for (int i = 0; i < 64; ++i) turned[i] = block[(i % 8) * 8 + i / 8];
  return turned;
}

// Every column to its cosines.
CodedBlock analyse(const std::array<float, 32>& basis, const CodedBlock& samples) {
  CodedBlock folded;  // rows 0-3: sums of row n and 7 - n, 4-7: differences
  for (int n = 0; n < 4; ++n) {
    for (int j = 0; j < 8; ++j) {
      folded[n * 8 + j] = samples[n * 8 + j] + samples[(7 - n) * 8 + j];
      folded[(4 + n) * 8 + j] = samples[n * 8 + j] - samples[(7 - n) * 8 + j];
    }
  }
  CodedBlock waves{};
  for (int k = 0; k < 8; ++k) {
    const float* half = &folded[(k % 2) * 32];
    for (int n = 0; n < 4; ++n) addRow(basis[k * 4 + n], half + n * 8, &waves[k * 8]);
  }
  return waves;
}

// And back. Most cosines are lost: their rows cost nothing.
CodedBlock synthesise(const std::array<float, 32>& basis, const CodedBlock& waves) {
  CodedBlock folded{};
  for (int k = 0; k < 8; ++k) {
    const float* row = &waves[k * 8];
    if (std::all_of(row, row + 8, [](float v) { return v == 0.0F; })) continue;
    float* half = &folded[(k % 2) * 32];
    for (int n = 0; n < 4; ++n) addRow(basis[k * 4 + n], row, half + n * 8);
  }
  CodedBlock samples;
  for (int n = 0; n < 4; ++n) {
    for (int j = 0; j < 8; ++j) {
      samples[n * 8 + j] = folded[n * 8 + j] + folded[(4 + n) * 8 + j];
      samples[(7 - n) * 8 + j] = folded[n * 8 + j] - folded[(4 + n) * 8 + j];
    }
  }
  return samples;
}

// Its last pixels are repeated where the image ends.
CodedBlock blockAt(const Image& image, int left, int top) {
  CodedBlock block;
  const int width = std::min(8, image.width - left);
  for (int j = 0; j < 8; ++j) {
    const std::uint8_t* row = image.row(std::min(top + j, image.height - 1)) + left;
    for (int i = 0; i < width; ++i) block[j * 8 + i] = static_cast<float>(row[i]) - 128.0F;
    for (int i = width; i < 8; ++i) block[j * 8 + i] = block[j * 8 + width - 1];
  }
  return block;
}

void putBlock(const CodedBlock& block, int left, int top, Image& image) {
  const int width = std::min(8, image.width - left);
  const int height = std::min(8, image.height - top);
  for (int j = 0; j < height; ++j) {
    std::uint8_t* row = image.row(top + j) + left;
    for (int i = 0; i < width; ++i) row[i] = toByte(block[j * 8 + i] + 128.5F);
  }
}

}  // namespace

void loseJpegDetail(Image& image, double quality) {
  static const std::array<float, 32> basis = cosineBasis();
  const double scale = quality < 50 ? 50.0 / quality : 2.0 - quality / 50.0;
  CodedBlock step{};
  for (int i = 0; i < 64; ++i) step[i] = static_cast<float>(std::max(1.0, kSteps[i] * scale));
  step = transposed(step);
  for (int top = 0; top < image.height; top += 8) {
    for (int left = 0; left < image.width; left += 8) {
      CodedBlock block = blockAt(image, left, top);
      // Waves lie transposed, as their steps do.
      CodedBlock waves = analyse(basis, transposed(analyse(basis, block)));
      for (int i = 0; i < 64; ++i) {
        const float count = waves[i] / step[i];
        waves[i] =
            step[i] * static_cast<float>(static_cast<int>(count < 0 ? count - 0.5F : count + 0.5F));
      }
      block = synthesise(basis, transposed(synthesise(basis, waves)));
      putBlock(block, left, top, image);
    }
  }
}

}  // namespace limbus::eyes
