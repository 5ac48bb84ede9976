// A line plot as an SVG of its own: axes with round numbers, legible in light and dark.
#pragma once

#include <string>
#include <vector>

namespace limbus {

struct PlotLine {
  std::string label;
  std::vector<double> x, y;  // parallel, x ascending
};

struct Plot {
  std::string title, xLabel, yLabel;
  std::vector<PlotLine> lines;  // at most four, all of one unit
  bool fromZero = true;         // the vertical axis
  bool dots = false;            // at each value
};

// A whole SVG document; lines without points are left out.
std::string svgOf(const Plot& plot);

}  // namespace limbus
