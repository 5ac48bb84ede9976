#include "native/data/augment/random_words.h"

#include <array>
#include <cstddef>

namespace limbus {
namespace {

constexpr std::size_t kBlocks = 32;
constexpr std::size_t kWords = 4 * kBlocks;

// Philox 4x32-10 of the counters from `place` on, block after block (shared/random.cpp).
void philox(const Random::Place& place, std::uint32_t* out) {
  using Lanes = std::array<std::uint32_t, kBlocks>;
  Lanes a, b, c, d;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    a[i] = place.counter[0] + static_cast<std::uint32_t>(i);
    b[i] = place.counter[1];
    c[i] = place.counter[2];
    d[i] = place.counter[3];
  }
  std::array<std::uint32_t, 2> key = place.key;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < kBlocks; ++i) {
      const std::uint64_t first = std::uint64_t{Random::kMultipliers[0]} * a[i];
      const std::uint64_t second = std::uint64_t{Random::kMultipliers[1]} * c[i];
      a[i] = static_cast<std::uint32_t>(second >> 32) ^ b[i] ^ key[0];
      b[i] = static_cast<std::uint32_t>(second);
      c[i] = static_cast<std::uint32_t>(first >> 32) ^ d[i] ^ key[1];
      d[i] = static_cast<std::uint32_t>(first);
    }
    key[0] += Random::kWeyl[0];
    key[1] += Random::kWeyl[1];
  }
  for (std::size_t i = 0; i < kBlocks; ++i) {
    out[4 * i] = a[i];
    out[4 * i + 1] = b[i];
    out[4 * i + 2] = c[i];
    out[4 * i + 3] = d[i];
  }
}

}  // namespace

void drawWords(Random& stream, std::span<std::uint32_t> words) {
  std::size_t at = 0;
  while (at < words.size() && stream.place().word != 0) words[at++] = stream.bits();
  for (; at + kWords <= words.size(); at += kWords) {
    philox(stream.place(), words.data() + at);
    stream.skip(kWords);
  }
  while (at < words.size()) words[at++] = stream.bits();
}

}  // namespace limbus
