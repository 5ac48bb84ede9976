// A mask to measurements: connected regions, outlines, ellipses, pupil and iris diameter.
//
// All lengths are source pixels, all areas source pixels squared, angles degrees in (-90, 90] from
// the x axis towards the y axis (clockwise on the screen). A class that is absent has no region.
//
// Regions are 8-connected; classes with the role background and void (255) have none. Of pupil and
// iris the largest region is what an eye is measured by, whether more are listed or not. Ellipses
// are fitted to the edges between the region's pixels and their outer neighbours (a disc of radius
// r has a major axis of 2r), robustly, without the image's rim. The iris uses only edges at most
// two pixels from sclera while those are a tenth of its border, the pupil leaves out edges to
// background while a third remains; otherwise, and where such a fit fails or holds under two thirds
// of the region, the whole border is used. Without a sclera role there is no such choice, and no
// iris is called occluded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct Point {
  float x = 0;
  float y = 0;
};

struct Ellipse {
  double centreX = 0;
  double centreY = 0;
  double majorPx = 0;  // full axis lengths, not radii
  double minorPx = 0;
  double angleDegrees = 0;  // of the major axis
};

struct Region {
  int classIndex = 0;
  std::int64_t areaPx = 0;
  double centroidX = 0;
  double centroidY = 0;
  int left = 0, top = 0, width = 0, height = 0;
  std::vector<Point> outline;      // outer contour, closed, in order
  std::optional<Ellipse> ellipse;  // absent when there are too few contour points to fit one
  bool occluded = false;           // iris: under a third of its contour borders sclera
};

// What people measure in an eye. Diameters are the major axes of the ellipses.
struct EyeMeasurements {
  std::optional<Ellipse> pupil;
  std::optional<Ellipse> iris;
  bool irisOccluded = false;
  std::optional<double> pupilDiameterPx;
  std::optional<double> irisDiameterPx;
  std::optional<double> pupilToIrisRatio;
};

struct Analysis {
  std::vector<Region> regions;       // by class, then by falling area; background has none
  std::vector<std::int64_t> areaPx;  // per class, background included
  std::optional<EyeMeasurements>
      eye;  // absent when the classes have no pupil or iris role, or no such region was found
};

Result<Analysis> analyse(MaskView mask, const std::vector<ClassSpec>& classes,
                         const RegionSpec& rule);

// To thousandths, which are enough for pixels: what leaves the core is the same as text and as
// numbers.
Analysis rounded(Analysis analysis);

std::string toJson(const Analysis& analysis, const std::vector<ClassSpec>& classes);

}  // namespace limbus
