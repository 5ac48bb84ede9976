#include "native/report/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "native/report/svg_text.h"

namespace limbus {
namespace {

constexpr double kWidth = 760, kHeight = 320;                       // of the document, in px
constexpr double kLeft = 76, kRight = 16, kTop = 40, kBottom = 52;  // around the lines
constexpr std::size_t kColours = 4;  // of lines (l0 ...) and their names (n0 ...)

constexpr const char* kStyle =
    "<style>text{font:12px sans-serif;fill:#59636e}.t{font-size:14px;fill:#1f2328}"
    ".g{stroke:#d1d9e0;stroke-width:1}.p{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".l0{stroke:#0969da}.l1{stroke:#bc4c00}.l2{stroke:#1a7f37}.l3{stroke:#8250df}"
    ".n0{fill:#0969da}.n1{fill:#bc4c00}.n2{fill:#1a7f37}.n3{fill:#8250df}"
    "@media(prefers-color-scheme:dark){text{fill:#9198a1}.t{fill:#f0f6fc}.g{stroke:#3d444d}"
    ".l0{stroke:#4493f8}.l1{stroke:#db6d28}.l2{stroke:#3fb950}.l3{stroke:#ab7df8}"
    ".n0{fill:#4493f8}.n1{fill:#db6d28}.n2{fill:#3fb950}.n3{fill:#ab7df8}}"
    "</style>";

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value + 0.0);  // -0 is said as 0
  return text;
}

std::string textAt(double x, double y, const char* anchor, const std::string& text,
                   const char* more = "") {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" +
         more + ">" + escaped(text) + "</text>";
}

// 1, 2 or 5 times a power of ten, so that there are about five of them.
double roundStep(double span) {
  const double raw = span / 5, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power * 1.001) return factor * power;
  }
  return 10 * power;
}

struct Axis {
  double low, high, from, to;  // of the values, and where they lie in px
  bool whole = false;          // only at whole numbers

  double at(double value) const { return from + (to - from) * (value - low) / (high - low); }
  std::vector<double> ticks() const {
    const double step = whole ? std::max(1.0, roundStep(high - low)) : roundStep(high - low);
    std::vector<double> values;
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) {
      values.push_back(i * step);
    }
    return values;
  }
};

Axis axisOver(const std::vector<PlotLine>& lines, std::vector<double> PlotLine::*values,
              bool fromZero, double from, double to) {
  double low = INFINITY, high = -INFINITY;
  bool whole = true;
  for (const PlotLine& line : lines) {
    for (const double value : line.*values) {
      low = std::min(low, value);
      high = std::max(high, value);
      whole = whole && value == std::floor(value);
    }
  }
  if (!(low <= high)) low = 0, high = 1;
  if (fromZero) low = std::min(low, 0.0);
  if (high - low < 1e-12) high = low + 1;
  if (fromZero) high = std::ceil(high / roundStep(high - low) - 1e-9) * roundStep(high - low);
  return {low, high, from, to, whole};
}

std::string pathOf(const PlotLine& line, const Axis& x, const Axis& y, const std::string& colour,
                   bool dots) {
  std::string points;
  for (std::size_t i = 0; i < line.x.size(); ++i) {
    points += (i == 0 ? "M" : "L") + number(x.at(line.x[i])) + " " + number(y.at(line.y[i]));
  }
  for (std::size_t i = 0; dots && i < line.x.size(); ++i) {
    points += "M" + number(x.at(line.x[i]) - 4) + " " + number(y.at(line.y[i])) +
              "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0";
  }
  return "<path class=\"p l" + colour + "\" d=\"" + points + "\"/>";
}

}  // namespace

std::string svgOf(const Plot& plot) {
  const double bottom = kHeight - kBottom, right = kWidth - kRight;
  const Axis x = axisOver(plot.lines, &PlotLine::x, false, kLeft, right);
  const Axis y = axisOver(plot.lines, &PlotLine::y, plot.fromZero, bottom, kTop);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(kWidth) +
                    " " + number(kHeight) + "\" role=\"img\" aria-label=\"" + escaped(plot.title) +
                    "\">" + kStyle;
  svg += textAt(kLeft, 22, "start", plot.title, " class=\"t\"");
  for (const double tick : y.ticks()) {
    svg += "<path class=\"g\" d=\"M" + number(kLeft) + " " + number(y.at(tick)) + "H" +
           number(right) + "\"/>" + textAt(kLeft - 8, y.at(tick) + 4, "end", number(tick));
  }
  for (const double tick : x.ticks()) {
    svg += textAt(x.at(tick), bottom + 18, "middle", number(tick));
  }
  svg += textAt((kLeft + right) / 2, kHeight - 10, "middle", plot.xLabel);
  svg += textAt(16, (kTop + bottom) / 2, "middle", plot.yLabel,
                (" transform=\"rotate(-90 16 " + number((kTop + bottom) / 2) + ")\"").c_str());
  double legend = right;
  for (std::size_t i = plot.lines.size(); i-- > 0;) {
    if (plot.lines[i].x.empty()) continue;
    const std::string colour = std::to_string(i % kColours);
    svg += pathOf(plot.lines[i], x, y, colour, plot.dots);
    if (plot.lines.size() == 1) continue;
    svg += textAt(legend, 22, "end", plot.lines[i].label, (" class=\"n" + colour + "\"").c_str());
    legend -= 16 + 7.0 * static_cast<double>(plot.lines[i].label.size());
  }
  return svg + "</svg>\n";
}

}  // namespace limbus
