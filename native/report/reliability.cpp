#include "native/report/reliability.h"

#include <algorithm>
#include <cmath>

#include "native/report/html.h"

namespace limbus {
namespace {

constexpr double kReliabilityWidth = kSquareLeft + kSquareSide + 16,
                 kReliabilityHeight = kSquareTop + kSquareSide + 76;
constexpr double kShares = 24;  // px: the tallest bar of how many pixels a bin has

double xAt(double value) { return kSquareLeft + kSquareSide * value; }
double yAt(double value) { return kSquareTop + kSquareSide * (1 - value); }

std::string rectangle(const char* kind, double x, double y, double width, double height) {
  return "<rect class=\"" + std::string(kind) + "\" x=\"" + decimals(x, 1) + "\" y=\"" +
         decimals(y, 1) + "\" width=\"" + decimals(width, 1) + "\" height=\"" +
         decimals(std::max(0.0, height), 1) + "\"";
}

std::string bars(const Calibration& calibration) {
  const double step = kSquareSide / static_cast<double>(Calibration::kBins);
  const double total = static_cast<double>(std::max<std::int64_t>(1, calibration.pixels()));
  std::string svg;
  for (std::size_t i = 0; i < Calibration::kBins; ++i) {
    const Calibration::Bin bin = calibration.bin(i);
    if (bin.pixels == 0) continue;
    const double x = kSquareLeft + step * static_cast<double>(i) + 1;
    const double share = static_cast<double>(bin.pixels) / total;
    const std::string title = "<title>confidence " + percent(bin.confidence) + "%, right " +
                              percent(bin.accuracy) + "%, " + thousands(bin.pixels) + " pixels (" +
                              percent(share) + "%)</title></rect>";
    svg +=
        rectangle("bar", x, yAt(bin.accuracy), step - 2, kSquareSide * bin.accuracy) + ">" + title;
    svg += rectangle("gap", x, yAt(std::max(bin.accuracy, bin.confidence)), step - 2,
                     kSquareSide * std::abs(bin.accuracy - bin.confidence)) +
           ">" + title;
    // Few pixels are most of the bins': the root keeps them in sight.
    const double height = std::max(1.0, kShares * std::sqrt(share));
    svg +=
        rectangle("share", x, kSquareTop + kSquareSide + 44 + kShares - height, step - 2, height) +
        ">" + title;
  }
  return svg;
}

}  // namespace

std::string reliabilityDiagram(const Calibration& calibration) {
  std::string svg = "<svg class=\"chart\" viewBox=\"0 0 " + decimals(kReliabilityWidth, 0) + " " +
                    decimals(kReliabilityHeight, 0) +
                    "\" role=\"img\" aria-label=\"Reliability diagram: accuracy over confidence\">";
  for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    svg += "<path class=\"grid\" d=\"M" + decimals(kSquareLeft, 0) + " " + decimals(yAt(tick), 1) +
           "h" + decimals(kSquareSide, 0) + "\"/>" +
           svgLabel(kSquareLeft - 6, yAt(tick) + 4, "end", decimals(100 * tick, 0)) +
           svgLabel(xAt(tick), kSquareTop + kSquareSide + 16, "middle", decimals(100 * tick, 0));
  }
  svg += bars(calibration);
  svg += "<path class=\"ideal\" d=\"M" + decimals(xAt(0), 1) + " " + decimals(yAt(0), 1) + "L" +
         decimals(xAt(1), 1) + " " + decimals(yAt(1), 1) + "\"/>";
  svg += svgLabel(xAt(0.5), kSquareTop + kSquareSide + 34, "middle", "confidence, %");
  return svg + "<text x=\"14\" y=\"" + decimals(yAt(0.5), 1) +
         "\" text-anchor=\"middle\" transform=\"rotate(-90 14 " + decimals(yAt(0.5), 1) +
         ")\">right, %</text></svg>";
}

}  // namespace limbus
