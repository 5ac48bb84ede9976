// Periodic noise tiles, made once from a fixed seed and sampled everywhere: mean 0, deviation 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shared/eyes/shading.h"

namespace limbus::eyes {

class NoiseTile {
 public:
  static constexpr int kSize = 256;

  // Bilinear; u and v in texels, any sign up to 2^22.
  float at(float u, float v) const {
    const int fixedU = static_cast<int>(u * 256.0F);
    const int fixedV = static_cast<int>(v * 256.0F);
    const float fu = static_cast<float>(fixedU & 255) * (1.0F / 256.0F);
    const float fv = static_cast<float>(fixedV & 255) * (1.0F / 256.0F);
    const int x = (fixedU >> 8) & (kSize - 1);
    const int y = (fixedV >> 8) & (kSize - 1);
    return bilinear(x, y, fu, fv);
  }

  // at() along a line, `step` texels from value to value.
  void along(Vec2 from, Vec2 step, std::vector<float>& values) const {
    std::uint32_t u = fixed(from.x);
    std::uint32_t v = fixed(from.y);
    const std::uint32_t stepU = fixed(step.x);
    const std::uint32_t stepV = fixed(step.y);
    for (float& value : values) {
      const int x = static_cast<int>((u >> 16) & (kSize - 1));
      const int y = static_cast<int>((v >> 16) & (kSize - 1));
      const float shareU = static_cast<float>(static_cast<int>(u & 0xFFFFU)) * (1.0F / 65536.0F);
      const float shareV = static_cast<float>(static_cast<int>(v & 0xFFFFU)) * (1.0F / 65536.0F);
      value = bilinear(x, y, shareU, shareV);
      u += stepU;
      v += stepV;
    }
  }

  // `count` texels to the right of (x, y).
  void copyRow(int x, int y, int count, float* to) const {
    const float* row = &texels_[static_cast<std::size_t>(y & (kSize - 1)) * kPitch];
    for (int i = 0; i < count; ++i) to[i] = row[(x + i) & (kSize - 1)];
  }

  // Octaves of value noise with `cells`, 2 x cells, ... lattice cells across the tile.
  NoiseTile(int cells, int octaves, double gain, unsigned key);

 private:
  // From texel (x, y) shares of the way to its right and lower neighbours.
  float bilinear(int x, int y, float shareU, float shareV) const {
    const float* p = &texels_[static_cast<std::size_t>(y) * kPitch + x];
    return mix(mix(p[0], p[1], shareU), mix(p[kPitch], p[kPitch + 1], shareU), shareV);
  }

  // 16 bits behind the point; whole tiles drop out at the other end.
  static std::uint32_t fixed(double texels) {
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(texels * 65536.0));
  }

  static constexpr int kPitch = kSize + 1;
  std::vector<float> texels_;  // one more row and column than kSize: the wrapped neighbours
};

const NoiseTile& cloudNoise();  // 1/f, from 8 cells on
const NoiseTile& grainNoise();  // blobs of about three texels

}  // namespace limbus::eyes
