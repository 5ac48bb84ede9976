#include "shared/vision/border.h"

namespace limbus {
namespace {

struct Step {
  int dx, dy;
};

// East, south, west, north. The region is kept on the right hand; for a corner (x, y), the upper
// left one of pixel (x, y), these lead to the two pixels ahead.
constexpr Step kAhead[4] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
constexpr Step kRight[4] = {{0, 0}, {-1, 0}, {-1, -1}, {0, -1}};
constexpr Step kLeft[4] = {{0, -1}, {0, 0}, {-1, 0}, {-1, -1}};

class Labels {
 public:
  explicit Labels(MaskView mask) : mask_(mask) {}
  int at(int x, int y) const {
    if (x < 0 || y < 0 || x >= mask_.width || y >= mask_.height) return kNoClass;
    return mask_.row(y)[x];
  }

 private:
  MaskView mask_;
};

}  // namespace

std::vector<BorderEdge> followBorder(MaskView mask, int startX, int top) {
  const Labels labels(mask);
  const int label = labels.at(startX, top);
  std::vector<BorderEdge> edges;
  int x = startX;
  int y = top;
  int heading = 0;
  do {
    BorderEdge edge;
    edge.x = static_cast<float>(x + 0.5 * kAhead[heading].dx - 0.5);
    edge.y = static_cast<float>(y + 0.5 * kAhead[heading].dy - 0.5);
    edge.insideX = x + kRight[heading].dx;
    edge.insideY = y + kRight[heading].dy;
    const int outsideX = x + kLeft[heading].dx;
    const int outsideY = y + kLeft[heading].dy;
    edge.outside = labels.at(outsideX, outsideY);
    edge.outside2 = labels.at(2 * outsideX - edge.insideX, 2 * outsideY - edge.insideY);
    edges.push_back(edge);
    x += kAhead[heading].dx;
    y += kAhead[heading].dy;
    if (labels.at(x + kLeft[heading].dx, y + kLeft[heading].dy) == label) {
      heading = (heading + 3) & 3;
    } else if (labels.at(x + kRight[heading].dx, y + kRight[heading].dy) != label) {
      heading = (heading + 1) & 3;
    }
  } while (x != startX || y != top || heading != 0);
  return edges;
}

}  // namespace limbus
