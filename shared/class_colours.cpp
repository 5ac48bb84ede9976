#include "shared/class_colours.h"

#include <algorithm>
#include <vector>

namespace limbus {
namespace {

constexpr std::size_t kPaletteSize = 256;
constexpr std::array<Rgb, 8> kFirst = {{{32, 32, 40},
                                        {240, 228, 66},
                                        {0, 158, 115},
                                        {213, 94, 0},
                                        {86, 180, 233},
                                        {204, 121, 167},
                                        {230, 159, 0},
                                        {0, 114, 178}}};

// Squared and weighted by how much the eye makes of red, green and blue.
int distance(const Rgb& a, const Rgb& b) {
  const int red = a[0] - b[0], green = a[1] - b[1], blue = a[2] - b[2];
  return 2 * red * red + 4 * green * green + 3 * blue * blue;
}

struct Candidate {
  Rgb colour;
  int nearest;  // distance to the nearest colour that was taken
};

// Not too dark to be seen over an image: 8 levels of each part, from 45 to 255.
std::vector<Candidate> candidates() {
  constexpr int kLevels = 8, kDarkest = 45, kStep = 30;
  std::vector<Candidate> all;
  for (int i = 0; i < kLevels * kLevels * kLevels; ++i) {
    const auto level = [](int n) { return static_cast<std::uint8_t>(kDarkest + kStep * n); };
    all.push_back({{level(i / kLevels / kLevels), level(i / kLevels % kLevels), level(i % kLevels)},
                   1 << 30});
  }
  return all;
}

std::array<Rgb, kPaletteSize> makePalette() {
  std::array<Rgb, kPaletteSize> palette{};
  std::vector<Candidate> free = candidates();
  for (std::size_t i = 0; i < palette.size(); ++i) {
    palette[i] = i < kFirst.size() ? kFirst[i]
                                   : std::max_element(free.begin(), free.end(),
                                                      [](const Candidate& a, const Candidate& b) {
                                                        return a.nearest < b.nearest;
                                                      })
                                         ->colour;
    for (Candidate& candidate : free) {
      candidate.nearest = std::min(candidate.nearest, distance(candidate.colour, palette[i]));
    }
  }
  return palette;
}

}  // namespace

Rgb classColour(std::size_t index) {
  static const std::array<Rgb, kPaletteSize> palette = makePalette();
  return palette[index % palette.size()];
}

}  // namespace limbus
