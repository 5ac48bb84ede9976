#include "native/data/files/objects.h"

#include <algorithm>

namespace limbus {

Mask partsOf(const std::vector<std::uint32_t>& numbers, int width, int height) {
  Mask mask(width, height, 1);
  const auto numberAt = [&](int x, int y) {
    return numbers[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                   static_cast<std::size_t>(x)];
  };
  const auto touchesSmaller = [&](int x, int y, std::uint32_t own) {
    for (int v = std::max(0, y - 1); v <= std::min(height - 1, y + 1); ++v) {
      for (int u = std::max(0, x - 1); u <= std::min(width - 1, x + 1); ++u) {
        const std::uint32_t other = numberAt(u, v);
        if (other != 0 && other < own) return true;
      }
    }
    return false;
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::uint32_t own = numberAt(x, y);
      mask.row(y)[x] = own != 0 && !touchesSmaller(x, y, own) ? 1 : 0;
    }
  }
  return mask;
}

}  // namespace limbus
