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
  std::array<std::uint64_t, 4> slopes{};  // whether each level is below its right neighbour
  std::array<float, 256> levels{};        // mean 0, length 1
};

// Nothing for an image that is nearly of one grey level: those all look alike.
std::optional<Fingerprint> fingerprint(ImageView image);

// Survives another encoding, size or brightness, not another frame of a moving camera: few slopes
// differ and the levels correlate above 0.99.
bool nearlyEqual(const Fingerprint& one, const Fingerprint& other);

}  // namespace limbus
