#include "native/infer/overlay.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "native/data/files/csv.h"
#include "shared/vision/components.h"
#include "shared/vision/watershed.h"

namespace limbus {
namespace {

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

void paintOutline(Image& image, const Region& region, const ClassSpec& spec) {
  for (std::size_t i = 0; i < region.outline.size(); ++i) {
    const Point& from = region.outline[i];
    const Point& to = region.outline[(i + 1) % region.outline.size()];
    const int steps = static_cast<int>(
        std::ceil(std::max({std::abs(to.x - from.x), std::abs(to.y - from.y), 1.0F})));
    for (int step = 0; step <= steps; ++step) {
      const float share = static_cast<float>(step) / static_cast<float>(steps);
      const long x = std::lrint(from.x + (to.x - from.x) * share);
      const long y = std::lrint(from.y + (to.y - from.y) * share);
      if (x < 0 || y < 0 || x >= image.width || y >= image.height) continue;
      for (int c = 0; c < 3; ++c) image.row(static_cast<int>(y))[x * 3 + c] = spec.colour[c];
    }
  }
}

// What tells regions of a mask apart: class, area and the box around, both ends included.
using Extents = std::tuple<int, std::int64_t, int, int, int, int>;

void setNumber(Image& numbers, int x, int y, std::size_t number) {
  std::uint8_t* pair = numbers.row(y) + 2 * x;
  pair[0] = static_cast<std::uint8_t>(number >> 8);
  pair[1] = static_cast<std::uint8_t>(number & 255);
}

void numberWhole(MaskView mask, const Component& component, std::size_t number, Image& numbers) {
  std::vector<std::pair<int, int>> open = {{component.startX, component.top}};
  while (!open.empty()) {
    const auto [x, y] = open.back();
    open.pop_back();
    if (x < component.left || x > component.right || y < component.top || y > component.bottom) {
      continue;
    }
    const std::uint8_t* pair = numbers.row(y) + 2 * x;
    if (mask.row(y)[x] != component.classIndex || pair[0] + pair[1] != 0) continue;
    setNumber(numbers, x, y, number);
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) open.emplace_back(x + dx, y + dy);
    }
  }
}

void numberPart(const Parts& parts, std::size_t part, std::size_t number, Image& numbers) {
  const Component& box = parts.components[part];
  for (int y = box.top; y <= box.bottom; ++y) {
    for (int x = box.left; x <= box.right; ++x) {
      if (parts.at(x, y) == static_cast<int>(part)) setNumber(numbers, x, y, number);
    }
  }
}

}  // namespace

std::size_t backgroundOf(const std::vector<ClassSpec>& classes) {
  const auto indexOf = [&](const std::string ClassSpec::*field) {
    const auto found = std::find_if(classes.begin(), classes.end(), [&](const ClassSpec& one) {
      return one.*field == "background";
    });
    return static_cast<std::size_t>(found - classes.begin());
  };
  const std::size_t byRole = indexOf(&ClassSpec::role);
  return byRole < classes.size() ? byRole : indexOf(&ClassSpec::name);
}

Image paintOverlay(ImageView image, MaskView mask, const Analysis& analysis,
                   const std::vector<ClassSpec>& classes) {
  Image out(image.width, image.height, 3);
  const std::size_t background = backgroundOf(classes);
  const std::size_t pixels = static_cast<std::size_t>(image.width) * image.height;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t label = mask.pixels[i];
    for (int c = 0; c < 3; ++c) {
      const int value = image.pixels[i * image.channels + (image.channels == 1 ? 0 : c)];
      out.pixels[i * 3 + c] =
          static_cast<std::uint8_t>(label == background || label >= classes.size()
                                        ? value
                                        : (value + classes[label].colour[c] + 1) / 2);
    }
  }
  for (const Region& region : analysis.regions) {
    const auto index = static_cast<std::size_t>(region.classIndex);
    if (index != background && index < classes.size()) {
      paintOutline(out, region, classes[index]);
    }
  }
  return out;
}

Result<Image> regionNumbers(MaskView mask, const Analysis& analysis, const RegionSpec& rule) {
  if (analysis.regions.size() > std::numeric_limits<std::uint16_t>::max()) {
    return fail(ErrorCode::unsupported, std::to_string(analysis.regions.size()) +
                                            " regions, at most 65535 get a number; raise the "
                                            "manifest's regions.minAreaPx");
  }
  std::multimap<Extents, std::size_t> wanted;
  std::set<int> classes;
  for (std::size_t i = 0; i < analysis.regions.size(); ++i) {
    const Region& one = analysis.regions[i];
    wanted.emplace(Extents{one.classIndex, one.areaPx, one.left, one.top, one.left + one.width - 1,
                           one.top + one.height - 1},
                   i + 1);
    classes.insert(one.classIndex);
  }
  const auto take = [&](const Component& one) -> std::size_t {  // 0: it is no region
    const auto found =
        wanted.find(Extents{one.classIndex, one.areaPx, one.left, one.top, one.right, one.bottom});
    return found == wanted.end() ? 0 : wanted.extract(found).mapped();
  };
  Image numbers(mask.width, mask.height, 2);
  for (const Component& component : findComponents(mask)) {
    if (classes.count(component.classIndex) == 0 || component.areaPx < rule.minAreaPx) continue;
    if (const std::size_t number = take(component)) {
      numberWhole(mask, component, number, numbers);
    } else if (rule.neck > 0) {
      const Parts parts = partsOf(mask, component, rule.neck, rule.minAreaPx);
      for (std::size_t part = 0; part < parts.components.size(); ++part) {
        numberPart(parts, part, take(parts.components[part]), numbers);
      }
    }
  }
  return numbers;
}

std::string regionsCsvHeader() {
  return "image,class_index,class,area_px,centroid_x,centroid_y,left,top,width,height,ellipse_x,"
         "ellipse_y,major_px,minor_px,angle_degrees,occluded\n";
}

std::string regionsCsvRows(const std::string& imageName, const Analysis& analysis,
                           const std::vector<ClassSpec>& classes) {
  if (analysis.regions.empty()) {
    const std::string header = regionsCsvHeader();
    const auto commas = static_cast<std::size_t>(std::count(header.begin(), header.end(), ','));
    return csvField(imageName) + std::string(commas, ',') + "\n";
  }
  std::string rows;
  for (const Region& region : rounded(analysis).regions) {
    rows += csvField(imageName) + ',' + std::to_string(region.classIndex) + ',' +
            csvField(classes.at(region.classIndex).name) + ',' + std::to_string(region.areaPx) +
            ',' + decimal(region.centroidX) + ',' + decimal(region.centroidY);
    for (int value : {region.left, region.top, region.width, region.height}) {
      rows += ',' + std::to_string(value);
    }
    if (region.ellipse) {
      const Ellipse& ellipse = *region.ellipse;
      for (double value : {ellipse.centreX, ellipse.centreY, ellipse.majorPx, ellipse.minorPx,
                           ellipse.angleDegrees}) {
        rows += ',' + decimal(value);
      }
    } else {
      rows += ",,,,,";
    }
    rows += region.occluded ? ",1\n" : ",0\n";
  }
  return rows;
}

}  // namespace limbus
