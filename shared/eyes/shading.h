// Small arithmetic of the renderer: basic operations only, so that every target gives the same
// bits.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "shared/elementary.h"
#include "shared/eyes/preset.h"
#include "shared/random.h"

namespace limbus::eyes {

constexpr double kRadians = kPi / 180.0;

struct Vec2 {
  double x = 0, y = 0;
};

struct Vec3 {
  double x = 0, y = 0, z = 0;
};

// Rows (a b) (c d).
struct Matrix2 {
  double a = 1, b = 0, c = 0, d = 1;
};

inline Matrix2 product(const Matrix2& p, const Matrix2& q) {
  return {p.a * q.a + p.b * q.c, p.a * q.b + p.b * q.d, p.c * q.a + p.d * q.c,
          p.c * q.b + p.d * q.d};
}

inline Matrix2 inverse(const Matrix2& m) {
  const double scale = 1.0 / (m.a * m.d - m.b * m.c);
  return {m.d * scale, -m.b * scale, -m.c * scale, m.a * scale};
}

// Never two draws among the arguments of one call, nor in one sum: their order is the compiler's
// choice. Braces are safe.
inline double draw(Random& random, Range range) { return random.uniform(range.low, range.high); }
inline float drawn(Random& random, Range range) { return static_cast<float>(draw(random, range)); }

// Of whole numbers, both ends included.
inline int drawWhole(Random& random, Range range) {
  return random.integer(static_cast<int>(range.low), static_cast<int>(range.high));
}

// As photographers count: every halving as likely as the next. The range lies above 0.
inline double drawRatio(Random& random, Range range) {
  return range.low * power(range.high / range.low, random.uniform());
}

// Cut off to whole grey levels in [0, 255]; add a half to round.
inline std::uint8_t toByte(float v) {
  return static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(v, 0.0F), 255.0F)));
}

inline float clampUnit(float v) { return v < 0.0F ? 0.0F : (v > 1.0F ? 1.0F : v); }
inline float mix(float from, float to, float share) { return from + (to - from) * share; }

// 0 below `low`, 1 above `high`, smooth between.
inline float smoothStep(float low, float high, float v) {
  const float t = clampUnit((v - low) / (high - low));
  return t * t * (3.0F - 2.0F * t);
}

// A bell of height 1 and finite reach: exactly 0 from |v| = 1 on.
inline float bell(float v) {
  const float t = 1.0F - v * v;
  return t > 0.0F ? t * t * t : 0.0F;
}

// Angle / (2 pi) in [-0.5, 0.5], to about 1e-4: for textures.
inline float turns(float y, float x) {
  const float absX = x < 0 ? -x : x;
  const float absY = y < 0 ? -y : y;
  const float large = absX > absY ? absX : absY;
  const float small = absX > absY ? absY : absX;
  if (large == 0.0F) return 0.0F;
  const float t = small / large;
  const float s = t * t;
  float angle = t * (0.15891F + s * (-0.0518F + s * (0.0256F - s * 0.0078F)));
  if (absY > absX) angle = 0.25F - angle;
  if (x < 0) angle = 0.5F - angle;
  return y < 0 ? -angle : angle;
}

// Cheap streams for per-pixel noise, side by side for vector units (Marsaglia, "Xorshift RNGs",
// 2003).
class FastNoise {
 public:
  // variant: others from the same draws.
  FastNoise(Random& random, unsigned variant) {
    for (std::uint32_t& lane : lanes_) lane = (random.bits() + variant * 0x9E3779B9U) | 1U;
  }

  // About normal: mean 0, deviation 1 (the sum of four bytes). Rounded up to whole kLanes.
  void fill(float* values, int count) {
    std::array<std::uint32_t, kLanes> lanes = lanes_;
    for (int i = 0; i < count; i += kLanes) {
      for (int k = 0; k < kLanes; ++k) {
        lanes[k] ^= lanes[k] << 13;
        lanes[k] ^= lanes[k] >> 17;
        lanes[k] ^= lanes[k] << 5;
        const std::uint32_t pairs = (lanes[k] & 0x00FF00FFU) + ((lanes[k] >> 8) & 0x00FF00FFU);
        const int sum = static_cast<int>((pairs & 0xFFFFU) + (pairs >> 16));
        values[i + k] = static_cast<float>(sum - 510) * (1.0F / 147.8F);
      }
    }
    lanes_ = lanes;
  }

  static constexpr int kLanes = 16;

 private:
  std::array<std::uint32_t, kLanes> lanes_;
};

}  // namespace limbus::eyes
