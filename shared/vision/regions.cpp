#include "shared/vision/regions.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "shared/elementary.h"
#include "shared/vision/border.h"
#include "shared/vision/components.h"
#include "shared/vision/ellipse_fit.h"
#include "shared/vision/watershed.h"

namespace limbus {
namespace {

constexpr std::size_t kEnoughEdges = 8;

// Class index per role, kNoClass where no class has it.
struct Roles {
  int background = kNoClass;
  int sclera = kNoClass;
  int iris = kNoClass;
  int pupil = kNoClass;
};

Roles findRoles(const std::vector<ClassSpec>& classes) {
  Roles roles;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const int index = static_cast<int>(i);
    if (classes[i].role == "background") roles.background = index;
    if (classes[i].role == "sclera") roles.sclera = index;
    if (classes[i].role == "iris") roles.iris = index;
    if (classes[i].role == "pupil") roles.pupil = index;
  }
  return roles;
}

// Border pixels in order, without those in the middle of a straight line.
std::vector<Point> makeOutline(const std::vector<BorderEdge>& edges) {
  std::vector<Point> pixels;
  for (const BorderEdge& edge : edges) {
    const Point point{static_cast<float>(edge.insideX), static_cast<float>(edge.insideY)};
    if (!pixels.empty() && pixels.back().x == point.x && pixels.back().y == point.y) continue;
    pixels.push_back(point);
  }
  if (pixels.size() > 1 && pixels.front().x == pixels.back().x &&
      pixels.front().y == pixels.back().y) {
    pixels.pop_back();
  }
  if (pixels.size() < 3) return pixels;
  std::vector<Point> outline;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const Point& before = pixels[(i + pixels.size() - 1) % pixels.size()];
    const Point& after = pixels[(i + 1) % pixels.size()];
    const bool straight = pixels[i].x - before.x == after.x - pixels[i].x &&
                          pixels[i].y - before.y == after.y - pixels[i].y;
    if (!straight) outline.push_back(pixels[i]);
  }
  return outline;
}

template <class Accept>
std::vector<Point> pick(const std::vector<BorderEdge>& edges, Accept accept) {
  std::vector<Point> points;
  for (const BorderEdge& edge : edges) {
    if (accept(edge)) points.push_back({edge.x, edge.y});
  }
  return points;
}

// A fit that leaves the region is no measurement of it.
std::optional<Ellipse> fitWithin(const std::vector<Point>& points, const Component& component) {
  const std::optional<Ellipse> ellipse = fitEllipse(points);
  if (!ellipse) return std::nullopt;
  const double width = component.right - component.left + 1;
  const double height = component.bottom - component.top + 1;
  const double side = std::max(width, height);
  const double middleX = 0.5 * (component.left + component.right);
  const double middleY = 0.5 * (component.top + component.bottom);
  const bool sane = ellipse->majorPx <= 2.0 * side + 2.0 &&
                    std::fabs(ellipse->centreX - middleX) <= side &&
                    std::fabs(ellipse->centreY - middleY) <= side;
  return sane ? ellipse : std::nullopt;
}

// Of a part of the border: one that holds under two thirds of the region went after the outliers.
std::optional<Ellipse> fitPart(const std::vector<Point>& points, const Component& component) {
  const std::optional<Ellipse> ellipse = fitWithin(points, component);
  if (!ellipse) return std::nullopt;
  const double areaPx = kPi / 4 * ellipse->majorPx * ellipse->minorPx;
  return 3 * areaPx >= 2.0 * static_cast<double>(component.areaPx) ? ellipse : std::nullopt;
}

bool enough(const std::vector<Point>& points, const std::vector<BorderEdge>& edges, int divisor) {
  return points.size() >= kEnoughEdges &&
         points.size() * static_cast<std::size_t>(divisor) >= edges.size();
}

// Fitted to the whole border but the image's rim, which cuts and does not bound. Fewer than a third
// left: to all of it.
std::optional<Ellipse> fitWhole(const std::vector<BorderEdge>& edges, const Component& component) {
  const auto inside = pick(edges, [](const BorderEdge& e) { return e.outside != kNoClass; });
  if (enough(inside, edges, 3)) {
    if (const auto ellipse = fitWithin(inside, component)) return ellipse;
  }
  return fitWithin(pick(edges, [](const BorderEdge&) { return true; }), component);
}

// The iris meets the sclera at the limbus and the lids elsewhere: only the limbus is fitted, as
// long as a tenth of the border is limbus.
void fitIris(const std::vector<BorderEdge>& edges, const Component& component, const Roles& roles,
             Region& region) {
  const auto limbus = pick(edges, [&roles](const BorderEdge& e) {
    return e.outside == roles.sclera || (e.outside != roles.pupil && e.outside2 == roles.sclera);
  });
  region.occluded = limbus.size() * 3 < edges.size();
  if (enough(limbus, edges, 10)) region.ellipse = fitPart(limbus, component);
  if (!region.ellipse) region.ellipse = fitWhole(edges, component);
}

// A lid that hangs over the pupil borders it as background; that part is left out while a third of
// the border remains.
void fitPupil(const std::vector<BorderEdge>& edges, const Component& component, const Roles& roles,
              Region& region) {
  const auto free = pick(edges, [&roles](const BorderEdge& e) {
    return e.outside != roles.background && e.outside2 != roles.background && e.outside != kNoClass;
  });
  if (enough(free, edges, 3)) region.ellipse = fitPart(free, component);
  if (!region.ellipse) region.ellipse = fitWhole(edges, component);
}

Region measure(MaskView mask, const Component& component, const Roles& roles) {
  Region region;
  region.classIndex = component.classIndex;
  region.areaPx = component.areaPx;
  region.centroidX = component.centroidX;
  region.centroidY = component.centroidY;
  region.left = component.left;
  region.top = component.top;
  region.width = component.right - component.left + 1;
  region.height = component.bottom - component.top + 1;
  const std::vector<BorderEdge> edges = followBorder(mask, component.startX, component.top);
  region.outline = makeOutline(edges);
  if (edges.size() < kEnoughEdges) return region;
  if (component.classIndex == roles.iris && roles.sclera != kNoClass) {
    fitIris(edges, component, roles, region);
  } else if (component.classIndex == roles.pupil && roles.background != kNoClass) {
    fitPupil(edges, component, roles, region);
  } else {
    region.ellipse = fitWhole(edges, component);
  }
  return region;
}

void move(Component& component, int dx, int dy) {
  component.centroidX += dx;
  component.centroidY += dy;
  component.left += dx;
  component.right += dx;
  component.top += dy;
  component.bottom += dy;
  component.startX += dx;
}

void move(Region& region, int dx, int dy) {
  region.centroidX += dx;
  region.centroidY += dy;
  region.left += dx;
  region.top += dy;
  for (Point& point : region.outline) {
    point.x += static_cast<float>(dx);
    point.y += static_cast<float>(dy);
  }
  if (!region.ellipse) return;
  region.ellipse->centreX += dx;
  region.ellipse->centreY += dy;
}

// A part of a component, measured where the other parts are void.
Region measurePart(MaskView mask, const Parts& parts, int part, const Roles& roles) {
  constexpr int kReach = 2;  // of a border edge: the pixel outside and the one behind it
  Component alone = parts.components[part];
  const int left = std::max(0, alone.left - kReach);
  const int top = std::max(0, alone.top - kReach);
  Mask seen(std::min(mask.width, alone.right + 1 + kReach) - left,
            std::min(mask.height, alone.bottom + 1 + kReach) - top, 1);
  for (int y = 0; y < seen.height; ++y) {
    for (int x = 0; x < seen.width; ++x) {
      const int of = parts.at(left + x, top + y);
      const bool other = of != Parts::kNoPart && of != part;
      seen.row(y)[x] = other ? kVoidLabel : mask.row(top + y)[left + x];
    }
  }
  move(alone, -left, -top);
  Region region = measure(seen.view(), alone, roles);
  move(region, left, top);
  return region;
}

// What only touches is several regions.
std::vector<Region> measureParts(MaskView mask, const Component& component, const RegionSpec& rule,
                                 const Roles& roles) {
  const Parts parts = partsOf(mask, component, rule.neck, rule.minAreaPx);
  if (parts.components.size() < 2) return {measure(mask, component, roles)};
  std::vector<Region> regions;
  for (std::size_t part = 0; part < parts.components.size(); ++part) {
    if (parts.components[part].areaPx < rule.minAreaPx) continue;
    regions.push_back(measurePart(mask, parts, static_cast<int>(part), roles));
  }
  return regions;
}

// An eye has one pupil and one iris. The lids and the iris part its sclera.
bool largestOnly(RegionRule rule, int classIndex, const Roles& roles) {
  if (rule != RegionRule::byRole) return rule == RegionRule::largest;
  return classIndex == roles.pupil || classIndex == roles.iris;
}

// By class, then by falling area; equal ones as they are. A heap of numbers, as its code is small:
// a stable sort of each kind of part is 5 kB of what a visit to the page waits for.
template <class Part>
std::vector<Part> largestFirst(std::vector<Part> parts) {
  std::vector<std::tuple<int, std::int64_t, std::size_t>> ranks;
  for (const Part& part : parts) ranks.emplace_back(part.classIndex, -part.areaPx, ranks.size());
  std::make_heap(ranks.begin(), ranks.end());
  std::sort_heap(ranks.begin(), ranks.end());
  std::vector<Part> sorted;
  for (const auto& rank : ranks) sorted.push_back(std::move(parts[std::get<2>(rank)]));
  return sorted;
}

// Of each class all that are large enough, or the largest of them.
std::vector<Component> choose(std::vector<Component> components, const RegionSpec& rule,
                              const Roles& roles) {
  std::vector<Component> kept;
  for (const Component& component : components) {
    if (component.classIndex == roles.background || component.classIndex == kVoidLabel) continue;
    if (component.areaPx >= rule.minAreaPx) kept.push_back(component);
  }
  kept = largestFirst(std::move(kept));
  const auto end =
      std::unique(kept.begin(), kept.end(), [&](const Component& a, const Component& b) {
        return a.classIndex == b.classIndex && largestOnly(rule.rule, a.classIndex, roles);
      });
  kept.erase(end, kept.end());
  return kept;
}

std::optional<EyeMeasurements> measureEye(const std::vector<Region>& regions, const Roles& roles) {
  const Region* pupil = nullptr;
  const Region* iris = nullptr;
  for (const Region& region : regions) {  // the largest of its class comes first
    if (region.classIndex == roles.pupil && pupil == nullptr) pupil = &region;
    if (region.classIndex == roles.iris && iris == nullptr) iris = &region;
  }
  if (pupil == nullptr && iris == nullptr) return std::nullopt;
  EyeMeasurements eye;
  if (pupil != nullptr) eye.pupil = pupil->ellipse;
  if (iris != nullptr) {
    eye.iris = iris->ellipse;
    eye.irisOccluded = iris->occluded;
  }
  if (eye.pupil) eye.pupilDiameterPx = eye.pupil->majorPx;
  if (eye.iris) eye.irisDiameterPx = eye.iris->majorPx;
  if (eye.pupil && eye.iris) eye.pupilToIrisRatio = eye.pupil->majorPx / eye.iris->majorPx;
  return eye;
}

}  // namespace

Result<Analysis> analyse(MaskView mask, const std::vector<ClassSpec>& classes,
                         const RegionSpec& rule) {
  if (mask.channels != 1 || mask.width < 1 || mask.height < 1) {
    return fail(ErrorCode::badData, "expected a mask of one channel with at least one pixel, got " +
                                        std::to_string(mask.width) + "x" +
                                        std::to_string(mask.height) + " with " +
                                        std::to_string(mask.channels) + " channels");
  }
  const Roles roles = findRoles(classes);
  std::vector<Component> components = findComponents(mask);
  Analysis analysis;
  analysis.areaPx.assign(classes.size(), 0);
  for (const Component& component : components) {
    if (component.classIndex == kVoidLabel) continue;
    const std::size_t label = static_cast<std::size_t>(component.classIndex);
    if (label >= classes.size()) {
      return fail(ErrorCode::badData, "label " + std::to_string(label) + " in a mask of " +
                                          std::to_string(classes.size()) +
                                          " classes; expected 0 to " +
                                          std::to_string(classes.size() - 1) +
                                          ", or 255 for void; where it is a class of the network, "
                                          "the manifest must name it");
    }
    analysis.areaPx[label] += component.areaPx;
  }
  for (const Component& component : choose(std::move(components), rule, roles)) {
    if (rule.neck == 0 || largestOnly(rule.rule, component.classIndex, roles)) {
      analysis.regions.push_back(measure(mask, component, roles));
      continue;
    }
    for (Region& part : measureParts(mask, component, rule, roles)) {
      analysis.regions.push_back(std::move(part));
    }
  }
  if (rule.neck > 0) {  // parts are smaller than what they were cut from
    analysis.regions = largestFirst(std::move(analysis.regions));
  }
  analysis.eye = measureEye(analysis.regions, roles);
  return analysis;
}

}  // namespace limbus
