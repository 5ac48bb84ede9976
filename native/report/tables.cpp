#include "native/report/tables.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "native/report/html.h"
#include "native/report/svg_text.h"

namespace limbus {
namespace {

constexpr int kMostCells = 40;  // classes on a side of the matrix
constexpr std::size_t kListedConfusions = 20;

std::string classHead(const ReportClass& spec) {
  char colour[8];
  std::snprintf(colour, sizeof colour, "#%02x%02x%02x", spec.colour[0], spec.colour[1],
                spec.colour[2]);
  return "<th scope=\"row\"><span class=\"swatch\" style=\"background:" + std::string(colour) +
         "\"></span>" + escaped(spec.name) + "</th>";
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(1, whole));
}

std::string scrolled(const std::string& table) { return element("div", "scroll", table); }

std::string confusionRow(const Report& report, int truth) {
  const std::int64_t pixels = report.counts.truthPixels(truth);
  std::string row = classHead(report.classes[static_cast<std::size_t>(truth)]);
  for (int predicted = 0; predicted < report.counts.classes(); ++predicted) {
    const std::int64_t count = report.counts.at(truth, predicted);
    const double part = share(count, pixels);
    // Six tenths at most: the number stays legible in light and dark.
    row += "<td class=\"n\" title=\"" + thousands(count) +
           " pixels\" style=\"background:rgba(var(--tint)," + decimals(0.6 * part, 3) + ")\">" +
           (pixels == 0 ? "–" : decimals(100 * part, 2)) + "</td>";
  }
  return element("tr", "", row + numberCell(thousands(pixels)));
}

std::string matrix(const Report& report) {
  std::string head = headCell("truth \\ predicted", false);
  for (const ReportClass& spec : report.classes) head += headCell(spec.name);
  std::string rows;
  for (int truth = 0; truth < report.counts.classes(); ++truth) rows += confusionRow(report, truth);
  return scrolled(element("table", "matrix",
                          element("thead", "", element("tr", "", head + headCell("pixels"))) +
                              element("tbody", "", rows)));
}

struct Confusion {
  int truth, predicted;
  std::int64_t pixels;
};

std::string largestConfusions(const Report& report) {
  std::vector<Confusion> all;
  const int classes = report.counts.classes();
  for (int truth = 0; truth < classes; ++truth) {
    for (int predicted = 0; predicted < classes; ++predicted) {
      const std::int64_t pixels = report.counts.at(truth, predicted);
      if (truth != predicted && pixels > 0) all.push_back({truth, predicted, pixels});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Confusion& a, const Confusion& b) { return a.pixels > b.pixels; });
  all.resize(std::min(all.size(), kListedConfusions));
  std::string rows;
  for (const Confusion& one : all) {
    rows +=
        element("tr", "",
                classHead(report.classes[static_cast<std::size_t>(one.truth)]) +
                    element("td", "",
                            escaped(report.classes[static_cast<std::size_t>(one.predicted)].name)) +
                    numberCell(thousands(one.pixels)) +
                    numberCell(percent(share(one.pixels, report.counts.truthPixels(one.truth)))));
  }
  return scrolled(element("table", "",
                          element("thead", "",
                                  element("tr", "",
                                          headCell("truth", false) + headCell("predicted", false) +
                                              headCell("pixels") + headCell("% of the truth"))) +
                              element("tbody", "", rows)));
}

}  // namespace

std::string classTable(const Report& report) {
  const bool borders = std::any_of(report.classes.begin(), report.classes.end(),
                                   [](const ReportClass& one) { return one.boundaryF1; });
  std::string head = headCell("class", false);
  for (const char* name : {"IoU", "Dice", "precision", "recall"}) head += headCell(name);
  if (borders) head += headCell("boundary F1") + headCell("HD95, px");
  head += headCell("% of the truth");
  const std::int64_t total = report.counts.total();
  std::string rows;
  for (std::size_t i = 0; i < report.classes.size(); ++i) {
    const ReportClass& spec = report.classes[i];
    const ClassScores& scores = report.scores.classes[i];
    std::string row = classHead(spec);
    for (const auto& value : {scores.iou, scores.dice, scores.precision, scores.recall}) {
      row += numberCell(percent(value));
    }
    if (borders) {
      row += numberCell(percent(spec.boundaryF1)) +
             numberCell(spec.hausdorff95Px ? decimals(*spec.hausdorff95Px, 2) : "–");
    }
    row += numberCell(percent(share(report.counts.truthPixels(static_cast<int>(i)), total)));
    rows += element("tr", "", row);
  }
  return scrolled(element(
      "table", "", element("thead", "", element("tr", "", head)) + element("tbody", "", rows)));
}

std::string confusionTable(const Report& report) {
  if (report.counts.classes() <= kMostCells) return matrix(report);
  return element(
             "p", "note",
             "The largest confusions of " + std::to_string(report.counts.classes()) + " classes.") +
         largestConfusions(report);
}

std::string imageTable(const Report& report) {
  std::vector<std::size_t> order(report.images.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto& [left, right] = std::pair(report.images[a].mIoU, report.images[b].mIoU);
    return left && (!right || *left < *right);
  });
  const std::size_t shown = std::min(order.size(), kListedImages);
  std::string rows;
  for (std::size_t i = 0; i < shown; ++i) {
    const ReportImage& image = report.images[order[i]];
    std::string row = numberCell(std::to_string(i + 1)) + element("td", "id", escaped(image.id)) +
                      numberCell(percent(image.mIoU)) + numberCell(percent(image.pixelAccuracy));
    for (const ClassCounts& one : report.parts) {
      const PartCount& count = one.images.at(order[i]);
      row += numberCell(thousands(count.found) + " of " + thousands(count.truth));
    }
    rows += element("tr", "", row);
  }
  std::string head =
      headCell("") + headCell("image", false) + headCell("mIoU") + headCell("pixel accuracy");
  for (const ClassCounts& one : report.parts) head += headCell(one.name + ", found of true");
  std::string note;
  if (shown < order.size()) {
    note = element("p", "note",
                   thousands(static_cast<std::int64_t>(order.size() - shown)) +
                       " better images are not listed.");
  }
  return "<div class=\"scroll tall\" tabindex=\"0\">" +
         element("table", "",
                 element("thead", "", element("tr", "", head)) + element("tbody", "", rows)) +
         "</div>" + note;
}

}  // namespace limbus
