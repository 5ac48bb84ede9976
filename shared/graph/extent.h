#pragma once

#include <cstdint>

namespace limbus {

// Height and width of a window, step or border. `3` means 3 x 3.
struct Extent {
  std::int64_t h = 1;
  std::int64_t w = 1;

  constexpr Extent(int both) : h(both), w(both) {}  // implicit, so that `.kernel = 3` reads well
  constexpr Extent(std::int64_t h_, std::int64_t w_) : h(h_), w(w_) {}
  bool operator==(const Extent& other) const { return h == other.h && w == other.w; }
};

}  // namespace limbus
