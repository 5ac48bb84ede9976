// Equal and nearly equal images.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "shared/image.h"

namespace limbus {

// Of size and pixels (FNV-1a, 64 bits): equal images have equal ones.
std::uint64_t contentHash(ImageView image);

// What is left of an image at 16x16 grey levels.
struct Fingerprint {
  using Slopes = std::array<std::uint64_t, 4>;

  Slopes slopes{};                  // whether each level is below its right neighbour
  std::array<float, 256> levels{};  // mean 0, length 1
};

// Nothing for an image that is nearly of one grey level: those all look alike.
std::optional<Fingerprint> fingerprint(ImageView image);

// The first half of nearlyEqual(), in the time that a look takes: most pairs end at the first word.
inline bool fewDiffer(const Fingerprint::Slopes& one, const Fingerprint::Slopes& other) {
  constexpr std::uint64_t kMost = 24;  // of 256
  constexpr std::uint64_t k5 = 0x5555555555555555, k3 = 0x3333333333333333, kF = 0x0F0F0F0F0F0F0F0F;
  std::uint64_t differ = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    // Set bits by halves (Knuth, TAOCP 7.1.3): std::popcount is a call where the floor is SSE2.
    std::uint64_t bits = one[i] ^ other[i];
    bits -= bits >> 1 & k5;
    bits = (bits & k3) + (bits >> 2 & k3);
    bits = (bits + (bits >> 4)) & kF;
    differ += bits * 0x0101010101010101 >> 56;
    if (differ > kMost) return false;
  }
  return true;
}

// Survives another encoding, size or brightness, not another frame of a moving camera: few slopes
// differ and the levels correlate above 0.99.
bool nearlyEqual(const Fingerprint& one, const Fingerprint& other);

}  // namespace limbus
