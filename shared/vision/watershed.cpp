#include "shared/vision/watershed.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "shared/distance.h"

namespace limbus {
namespace {

constexpr int kNone = -1;

// The component alone, with a margin of one pixel where the image goes on.
struct ComponentWindow {
  int left, top, width, height;  // in the mask
  std::vector<std::uint8_t> inside;
  std::vector<double> depth;  // in px, 0 outside
};

// A component's pixels are those of its class that its own first pixel reaches.
std::vector<std::uint8_t> fill(MaskView mask, const Component& component,
                               const ComponentWindow& window) {
  std::vector<std::uint8_t> inside(static_cast<std::size_t>(window.width) * window.height, 0);
  std::vector<int> waiting;
  const auto reach = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= window.width || y >= window.height) return;
    const int at = y * window.width + x;
    if (inside[at] != 0 || mask.row(window.top + y)[window.left + x] != component.classIndex)
      return;
    inside[at] = 1;
    waiting.push_back(at);
  };
  reach(component.startX - window.left, component.top - window.top);
  while (!waiting.empty()) {
    const int at = waiting.back();
    waiting.pop_back();
    const int x = at % window.width, y = at / window.width;
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) reach(x + dx, y + dy);
    }
  }
  return inside;
}

ComponentWindow windowAround(MaskView mask, const Component& component) {
  ComponentWindow window{};
  window.left = std::max(0, component.left - 1);
  window.top = std::max(0, component.top - 1);
  window.width = std::min(mask.width, component.right + 2) - window.left;
  window.height = std::min(mask.height, component.bottom + 2) - window.top;
  window.inside = fill(mask, component, window);
  std::vector<std::uint8_t> outside(window.inside.size());
  std::transform(window.inside.begin(), window.inside.end(), outside.begin(),
                 [](std::uint8_t is) { return static_cast<std::uint8_t>(1 - is); });
  window.depth = squaredDistances(outside, window.width, window.height);
  for (double& depth : window.depth) depth = std::sqrt(depth);
  return window;
}

struct Basin {
  int parent;  // itself while it is a part of its own
  double peak;
  std::int64_t areaPx;
};

int rootOf(std::vector<Basin>& basins, int index) {
  while (basins[index].parent != index) {
    basins[index].parent = basins[basins[index].parent].parent;
    index = basins[index].parent;
  }
  return index;
}

struct Neighbours {
  int uphill = kNone;  // root of the basin of the neighbour that the depths rise to most steeply
  std::vector<int> roots;  // of all basins beside a pixel, each once
};

Neighbours neighboursOf(int at, const ComponentWindow& window, const std::vector<int>& basinOf,
                        std::vector<Basin>& basins) {
  const int x = at % window.width, y = at / window.width;
  Neighbours found;
  double steepest = -1;
  for (int ny = std::max(0, y - 1); ny <= std::min(window.height - 1, y + 1); ++ny) {
    for (int nx = std::max(0, x - 1); nx <= std::min(window.width - 1, x + 1); ++nx) {
      const int next = ny * window.width + nx;
      if (basinOf[next] == kNone) continue;
      const int root = rootOf(basins, basinOf[next]);
      if (std::find(found.roots.begin(), found.roots.end(), root) == found.roots.end()) {
        found.roots.push_back(root);
      }
      const double step = nx != x && ny != y ? std::sqrt(2.0) : 1.0;
      const double slope = (window.depth[next] - window.depth[at]) / step;
      if (slope <= steepest) continue;
      steepest = slope;
      found.uphill = root;
    }
  }
  return found;
}

// Pixels of the component from the deepest outwards; equal ones in reading order.
std::vector<int> byDepth(const ComponentWindow& window) {
  std::vector<int> order;
  for (std::size_t i = 0; i < window.inside.size(); ++i) {
    if (window.inside[i] != 0) order.push_back(static_cast<int>(i));
  }
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return window.depth[a] != window.depth[b] ? window.depth[a] > window.depth[b] : a < b;
  });
  return order;
}

// The centroid holds sums until all pixels are in.
void add(Component& part, int x, int y) {
  ++part.areaPx;
  part.centroidX += x;
  part.centroidY += y;
  part.left = std::min(part.left, x);
  part.right = std::max(part.right, x);
  part.bottom = std::max(part.bottom, y);
}

}  // namespace

Parts partsOf(MaskView mask, const Component& component, double neck, int minAreaPx) {
  const ComponentWindow window = windowAround(mask, component);
  std::vector<Basin> basins;
  std::vector<int> basinOf(window.inside.size(), kNone);
  for (const int at : byDepth(window)) {
    const Neighbours beside = neighboursOf(at, window, basinOf, basins);
    if (beside.roots.empty()) {
      basinOf[at] = static_cast<int>(basins.size());
      basins.push_back({.parent = basinOf[at], .peak = window.depth[at], .areaPx = 1});
      continue;
    }
    basinOf[at] = beside.uphill;
    ++basins[beside.uphill].areaPx;
    const int deepest =
        *std::max_element(beside.roots.begin(), beside.roots.end(),
                          [&](int a, int b) { return basins[a].peak < basins[b].peak; });
    for (const int root : beside.roots) {
      Basin& basin = basins[root];
      if (root == deepest) continue;
      const bool large = std::min(basin.areaPx, basins[deepest].areaPx) >= minAreaPx;
      if (window.depth[at] < neck * basin.peak && large) continue;
      basin.parent = deepest;
      basins[deepest].areaPx += basin.areaPx;
    }
  }

  Parts parts{.components = {},
              .left = window.left,
              .top = window.top,
              .width = window.width,
              .height = window.height,
              .of = std::vector<int>(window.inside.size(), Parts::kNoPart)};
  std::vector<int> numbers(basins.size(), Parts::kNoPart);
  for (std::size_t i = 0; i < basinOf.size(); ++i) {
    if (basinOf[i] == kNone) continue;
    const int x = window.left + static_cast<int>(i) % window.width;
    const int y = window.top + static_cast<int>(i) / window.width;
    int& number = numbers[rootOf(basins, basinOf[i])];
    if (number == Parts::kNoPart) {
      number = static_cast<int>(parts.components.size());
      parts.components.push_back({.classIndex = component.classIndex,
                                  .left = x,
                                  .top = y,
                                  .right = x,
                                  .bottom = y,
                                  .startX = x});
    }
    parts.of[i] = number;
    add(parts.components[number], x, y);
  }
  for (Component& part : parts.components) {
    part.centroidX /= static_cast<double>(part.areaPx);
    part.centroidY /= static_cast<double>(part.areaPx);
  }
  return parts;
}

int Parts::at(int x, int y) const {
  if (x < left || y < top || x >= left + width || y >= top + height) return kNoPart;
  return of[static_cast<std::size_t>(y - top) * width + (x - left)];
}

}  // namespace limbus
