#include "native/data/sets/shapes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "native/data/files/objects.h"
#include "shared/elementary.h"

namespace limbus {
namespace {

bool isOutside(const Outline& outline, ImageSize image) {
  const auto beyond = [&](auto test) { return std::all_of(outline.begin(), outline.end(), test); };
  return beyond([](const OutlinePoint& p) { return p.x < 0; }) ||
         beyond([](const OutlinePoint& p) { return p.y < 0; }) ||
         beyond([&](const OutlinePoint& p) { return p.x > image.width; }) ||
         beyond([&](const OutlinePoint& p) { return p.y > image.height; });
}

// Beyond it, whole numbers run out where lines are followed.
bool isPlain(const Outline& outline) {
  constexpr double kFarthest = 1e7;  // px; comparisons with NaN are false
  return std::all_of(outline.begin(), outline.end(), [](const OutlinePoint& p) {
    return std::abs(p.x) <= kFarthest && std::abs(p.y) <= kFarthest;
  });
}

// Of each pixel the place of the shape that lies on top, from 1 on; 0: none.
struct Numbers {
  ImageSize size;
  std::vector<std::uint32_t> pixels = std::vector<std::uint32_t>(
      static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  std::uint32_t* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * size.width; }
};

// Between each odd and the next even crossing of a row's centre line lies the inside.
void fill(const Outline& outline, std::uint32_t number, Numbers& numbers) {
  const auto [columns, rows] = numbers.size;
  double top = rows, bottom = 0;
  for (const OutlinePoint& point : outline) {
    top = std::min(top, point.y);
    bottom = std::max(bottom, point.y);
  }
  const int first = std::max(0, static_cast<int>(std::floor(top)));
  const int last =
      std::min<int>(rows - 1, static_cast<int>(std::floor(std::min<double>(bottom, rows))));
  std::vector<double> crossings;
  for (int y = first; y <= last; ++y) {
    crossings.clear();
    const double centre = y + 0.5;
    for (std::size_t i = 0; i < outline.size(); ++i) {
      const OutlinePoint& a = outline[i];
      const OutlinePoint& b = outline[(i + 1) % outline.size()];
      if ((a.y <= centre) == (b.y <= centre)) continue;
      crossings.push_back(a.x + (centre - a.y) / (b.y - a.y) * (b.x - a.x));
    }
    std::sort(crossings.begin(), crossings.end());
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const double width = columns;  // a pixel's centre is at x + 0.5
      const double begin = std::clamp(std::ceil(crossings[i] - 0.5), 0.0, width);
      const double end = std::clamp(std::ceil(crossings[i + 1] - 0.5), 0.0, width);
      std::fill(numbers.row(y) + static_cast<int>(begin),
                numbers.row(y) + std::max(static_cast<int>(begin), static_cast<int>(end)), number);
    }
  }
}

void fillRuns(const Shape& shape, std::uint32_t number, Numbers& numbers) {
  const auto rows = static_cast<std::size_t>(numbers.size.height);
  std::size_t at = 0;
  for (std::size_t run = 0; run < shape.runs.size(); ++run) {
    const std::size_t end = at + shape.runs[run];
    for (; at < end; ++at) {
      if (run % 2 == 1) numbers.row(static_cast<int>(at % rows))[at / rows] = number;
    }
  }
}

// For each number that of its object, which it shares with those of its label and group.
std::vector<std::uint32_t> objectsOf(const std::vector<Shape>& shapes) {
  std::vector<std::uint32_t> objects = {0};
  std::map<std::pair<int, int>, std::uint32_t> groups;
  for (const Shape& shape : shapes) {
    const auto own = static_cast<std::uint32_t>(objects.size());
    const bool alone = shape.group == kNoGroup;
    objects.push_back(alone ? own
                            : groups.try_emplace({shape.label, shape.group}, own).first->second);
  }
  return objects;
}

void part(const std::vector<Shape>& shapes, const Numbers& numbers, int background, Mask& mask) {
  const std::vector<std::uint32_t> objects = objectsOf(shapes);
  std::set<int> labels;
  for (const Shape& shape : shapes) labels.insert(shape.label);
  labels.erase(kVoidLabel);
  for (const int label : labels) {
    std::vector<std::uint32_t> own;
    for (std::size_t i = 0; i < numbers.pixels.size(); ++i) {
      own.push_back(mask.pixels[i] == label ? objects[numbers.pixels[i]] : 0);
    }
    const Mask parts = partsOf(own, mask.width, mask.height);
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (own[i] != 0 && parts.pixels[i] == 0)
        mask.pixels[i] = static_cast<std::uint8_t>(background);
    }
  }
}

}  // namespace

Result<std::vector<std::uint32_t>> runsOfText(const std::string& text) {
  constexpr int kFirst = 48;  // '0': five bits of a number and one that says it goes on
  std::vector<std::uint32_t> runs;
  for (std::size_t at = 0; at < text.size();) {
    std::int64_t value = 0;
    for (int shift = 0;; shift += 5) {
      const int bits = at < text.size() ? text[at++] - kFirst : -1;
      if (bits < 0 || bits > 63 || shift > 30) {
        return fail(ErrorCode::badData, "its compressed runs are damaged");
      }
      value |= static_cast<std::int64_t>(bits & 31) << shift;
      if ((bits & 32) != 0) continue;
      if ((bits & 16) != 0) value -= std::int64_t{1} << (shift + 5);
      break;
    }
    if (runs.size() > 2) value += runs[runs.size() - 2];
    if (value < 0 || value > kMaxImagePixels) {
      return fail(ErrorCode::badData, "its compressed runs are damaged");
    }
    runs.push_back(static_cast<std::uint32_t>(value));
  }
  return runs;
}

Outline ellipseOutline(OutlinePoint centre, double radiusX, double radiusY) {
  constexpr int kCorners = 64;
  constexpr double kTurn = 2 * kPi;
  Outline outline;
  for (int i = 0; i < kCorners; ++i) {
    outline.push_back({centre.x + radiusX * std::cos(kTurn * i / kCorners),
                       centre.y + radiusY * std::sin(kTurn * i / kCorners)});
  }
  return outline;
}

std::string shapeProblem(const Shape& shape, ImageSize image) {
  const std::string size = std::to_string(image.width) + "x" + std::to_string(image.height);
  if (!shape.runs.empty()) {
    std::int64_t sum = 0;
    for (const std::uint32_t run : shape.runs) sum += run;
    if (shape.runsSize.width != image.width || shape.runsSize.height != image.height) {
      return "runs for an image of " + std::to_string(shape.runsSize.width) + "x" +
             std::to_string(shape.runsSize.height) + ", this one has " + size;
    }
    if (sum != std::int64_t{image.width} * image.height) {
      return "runs of " + std::to_string(sum) + " pixels in an image of " + size;
    }
    return "";
  }
  for (const Outline& outline : shape.outlines) {
    if (outline.size() < 3) {
      return "an outline of " + std::to_string(outline.size()) + " points, at least 3 are needed";
    }
    if (!isPlain(outline)) return "an outline with a coordinate that is none";
    if (isOutside(outline, image)) {
      return "an outline outside the image of " + size + ", from (" +
             std::to_string(std::lround(outline.front().x)) + ", " +
             std::to_string(std::lround(outline.front().y)) + ") on";
    }
  }
  return "";
}

Mask drawShapes(const std::vector<Shape>& shapes, ImageSize image, int background, bool apart) {
  Numbers numbers{image};
  std::vector<std::uint8_t> labels = {static_cast<std::uint8_t>(background)};
  for (const Shape& shape : shapes) {
    const auto number = static_cast<std::uint32_t>(labels.size());
    labels.push_back(static_cast<std::uint8_t>(shape.label));
    if (!shape.runs.empty()) fillRuns(shape, number, numbers);
    for (const Outline& outline : shape.outlines) fill(outline, number, numbers);
  }
  Mask mask(image.width, image.height, 1);
  std::transform(numbers.pixels.begin(), numbers.pixels.end(), mask.pixels.begin(),
                 [&](std::uint32_t number) { return labels[number]; });
  if (apart) part(shapes, numbers, background, mask);
  return mask;
}

}  // namespace limbus
