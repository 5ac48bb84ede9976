#include "shared/eyes/noise.h"

#include "shared/elementary.h"
#include "shared/random.h"

namespace limbus::eyes {

NoiseTile::NoiseTile(int cells, int octaves, double gain, unsigned key)
    : texels_(static_cast<std::size_t>(kPitch) * kPitch, 0.0F) {
  std::vector<double> sum(static_cast<std::size_t>(kSize) * kSize, 0.0);
  double weight = 1.0;
  for (int octave = 0; octave < octaves; ++octave, cells *= 2, weight *= gain) {
    Random random(0x4E6F697365ULL, key, static_cast<std::uint32_t>(octave), Purpose::render);
    std::vector<double> lattice(static_cast<std::size_t>(cells) * cells);
    for (double& value : lattice) value = random.normal();
    const double step = static_cast<double>(cells) / kSize;
    for (int y = 0; y < kSize; ++y) {
      const int cy = static_cast<int>(y * step);
      const double ty = y * step - cy;
      const double sy = ty * ty * (3.0 - 2.0 * ty);
      const double* row0 = &lattice[static_cast<std::size_t>(cy) * cells];
      const double* row1 = &lattice[static_cast<std::size_t>((cy + 1) % cells) * cells];
      for (int x = 0; x < kSize; ++x) {
        const int cx = static_cast<int>(x * step);
        const int nx = (cx + 1) % cells;
        const double tx = x * step - cx;
        const double sx = tx * tx * (3.0 - 2.0 * tx);
        const double top = row0[cx] + (row0[nx] - row0[cx]) * sx;
        const double bottom = row1[cx] + (row1[nx] - row1[cx]) * sx;
        sum[static_cast<std::size_t>(y) * kSize + x] += weight * (top + (bottom - top) * sy);
      }
    }
  }
  double mean = 0.0;
  for (double value : sum) mean += value;
  mean /= static_cast<double>(sum.size());
  double variance = 0.0;
  for (double value : sum) variance += (value - mean) * (value - mean);
  const double scale = 1.0 / squareRoot(variance / static_cast<double>(sum.size()));
  for (int y = 0; y < kPitch; ++y) {
    for (int x = 0; x < kPitch; ++x) {
      const std::size_t source = static_cast<std::size_t>(y % kSize) * kSize + x % kSize;
      texels_[static_cast<std::size_t>(y) * kPitch + x] =
          static_cast<float>((sum[source] - mean) * scale);
    }
  }
}

const NoiseTile& cloudNoise() {
  static const NoiseTile tile(8, 5, 0.62, 1);
  return tile;
}

const NoiseTile& grainNoise() {
  static const NoiseTile tile(84, 1, 1.0, 2);
  return tile;
}

}  // namespace limbus::eyes
