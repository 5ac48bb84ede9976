// Numbers that both sides of a comparison make for themselves: of a tensor's name and an index.
// tests/peers/formula.py is its other half and says how.
#pragma once

#include <cstdint>
#include <string>

namespace formula {

inline std::uint64_t hashOf(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

// Value `index` of the tensor with this hash of its name, in [0,1).
inline double uniform(std::uint64_t hash, std::uint64_t index) {
  std::uint64_t z = hash + (index + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 40) / (1 << 24);
}

// Pixel `index` of the mask called `name`: one of `classes` labels, or void by a chance of `none`.
inline int label(const std::string& name, std::uint64_t index, int classes, double none = 0) {
  if (none > 0 && uniform(hashOf(name + ".void"), index) < none) return 255;
  return static_cast<int>(uniform(hashOf(name), index) * classes);
}

}  // namespace formula
