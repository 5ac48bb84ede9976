#include "shared/vision/components.h"

#include <algorithm>
#include <cstring>

namespace limbus {
namespace {

struct Run {
  int begin;
  int end;  // one past the last pixel
  std::uint8_t label;
  int component;
};

// Sums while components are still being merged; parent leads to the one that absorbed it.
struct Growing {
  int parent;
  std::uint8_t label;
  std::int64_t area = 0;
  std::int64_t sumX = 0;
  std::int64_t sumY = 0;
  int left, top, right, bottom, startX;
};

int findRoot(std::vector<Growing>& all, int index) {
  while (all[index].parent != index) {
    all[index].parent = all[all[index].parent].parent;
    index = all[index].parent;
  }
  return index;
}

// The one that began first (top row, then leftmost) survives, so numbers keep their order.
int merge(std::vector<Growing>& all, int a, int b) {
  a = findRoot(all, a);
  b = findRoot(all, b);
  if (a == b) return a;
  if (b < a) std::swap(a, b);
  Growing& to = all[a];
  const Growing& from = all[b];
  to.area += from.area;
  to.sumX += from.sumX;
  to.sumY += from.sumY;
  to.left = std::min(to.left, from.left);
  to.right = std::max(to.right, from.right);
  to.bottom = std::max(to.bottom, from.bottom);
  all[b].parent = a;
  return a;
}

void splitRow(const std::uint8_t* row, int width, std::vector<Run>& runs) {
  runs.clear();
  int x = 0;
  while (x < width) {
    const std::uint8_t label = row[x];
    const std::uint64_t repeated = label * 0x0101010101010101ULL;
    int end = x + 1;
    while (end + 8 <= width) {
      std::uint64_t next;
      std::memcpy(&next, row + end, sizeof next);
      if (next != repeated) break;
      end += 8;
    }
    while (end < width && row[end] == label) ++end;
    runs.push_back({x, end, label, -1});
    x = end;
  }
}

// Gives every run of the row a component: that of touching runs above, or a new one.
void connectRow(int y, std::vector<Run>& runs, const std::vector<Run>& above,
                std::vector<Growing>& all) {
  std::size_t first = 0;
  for (Run& run : runs) {
    // Runs above that end before this one's left neighbour touch no later run either.
    while (first < above.size() && above[first].end < run.begin) ++first;
    for (std::size_t i = first; i < above.size() && above[i].begin <= run.end; ++i) {
      if (above[i].label != run.label) continue;
      run.component = run.component < 0 ? findRoot(all, above[i].component)
                                        : merge(all, run.component, above[i].component);
    }
    if (run.component < 0) {
      run.component = static_cast<int>(all.size());
      Growing fresh{};
      fresh.parent = run.component;
      fresh.label = run.label;
      fresh.left = fresh.startX = run.begin;
      fresh.top = y;
      fresh.right = run.end - 1;
      all.push_back(fresh);
    }
    Growing& growing = all[run.component];
    const std::int64_t length = run.end - run.begin;
    growing.area += length;
    growing.sumX += length * (run.begin + run.end - 1) / 2;
    growing.sumY += length * y;
    growing.left = std::min(growing.left, run.begin);
    growing.right = std::max(growing.right, run.end - 1);
    growing.bottom = y;
  }
}

}  // namespace

std::vector<Component> findComponents(MaskView mask) {
  std::vector<Growing> all;
  std::vector<Run> runs;
  std::vector<Run> above;
  for (int y = 0; y < mask.height; ++y) {
    splitRow(mask.row(y), mask.width, runs);
    connectRow(y, runs, above, all);
    runs.swap(above);
  }
  std::vector<Component> components;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Growing& growing = all[i];
    if (growing.parent != static_cast<int>(i)) continue;
    Component component;
    component.classIndex = growing.label;
    component.areaPx = growing.area;
    component.centroidX = static_cast<double>(growing.sumX) / static_cast<double>(growing.area);
    component.centroidY = static_cast<double>(growing.sumY) / static_cast<double>(growing.area);
    component.left = growing.left;
    component.top = growing.top;
    component.right = growing.right;
    component.bottom = growing.bottom;
    component.startX = growing.startX;
    components.push_back(component);
  }
  return components;
}

}  // namespace limbus
