// Labels that are stored as outlines or runs instead of pixels, and the mask they draw.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/data/files/png.h"
#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

struct OutlinePoint {  // pixels; (0, 0) is the upper left corner of the first pixel
  double x = 0, y = 0;
};
using Outline = std::vector<OutlinePoint>;

constexpr int kNoGroup = -1;

// One object, or with others of its label and group a part of one. Later ones lie over earlier
// ones.
struct Shape {
  int label = 0;                         // class index, or kVoidLabel
  std::vector<Outline> outlines = {};    // each at least 3 points; what any of them holds belongs
  std::vector<std::uint32_t> runs = {};  // instead: COCO's lengths, down the columns, 0 first
  ImageSize runsSize = {};
  int group = kNoGroup;
};

// COCO's compressed counts ("PYg0..."): LEB128-like, each run from the third on less the last but
// one (pycocotools, maskApi.c, rleFrString).
Result<std::vector<std::uint32_t>> runsOfText(const std::string& text);

// A ring of corners; of the pixels' axes, radii in pixels.
Outline ellipseOutline(OutlinePoint centre, double radiusX, double radiusY);

// "" or what is wrong with a shape in an image of this size: too few points, all of it outside,
// runs of another size or that do not add up.
std::string shapeProblem(const Shape& shape, ImageSize image);

// `background` where no shape lies. A pixel belongs to an outline that holds its centre. `apart`:
// where objects of one label touch, `background` parts them (files/objects.h).
Mask drawShapes(const std::vector<Shape>& shapes, ImageSize image, int background,
                bool apart = false);

}  // namespace limbus
