// The ellipse that runs closest to given points.
//
// Least squares over conics x^2 + y^2 + ... with a fixed trace, repeated with weights that turn the
// algebraic into the geometric distance (Sampson, "Fitting conic sections to very scattered data",
// 1982) and that let go of outliers (Cauchy). No iteration depends on the platform's libm. Ours
// because cv::fitEllipse follows every outlier, and with findContours takes 5.8 ms of wasm for a
// mask of 640x400 where all of regions.h takes 1.4 ms.
#pragma once

#include <optional>
#include <vector>

#include "shared/vision/regions.h"

namespace limbus {

// At least 6 points; absent when no ellipse fits them (a line, a hyperbola, points too few).
std::optional<Ellipse> fitEllipse(const std::vector<Point>& points);

}  // namespace limbus
