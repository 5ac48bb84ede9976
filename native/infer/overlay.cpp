#include "native/infer/overlay.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "native/data/files/csv.h"

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
