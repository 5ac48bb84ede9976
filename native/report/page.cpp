#include <algorithm>

#include "native/report/html.h"
#include "native/report/page_style.h"
#include "native/report/reliability.h"
#include "native/report/report.h"
#include "native/report/svg_text.h"
#include "native/report/tables.h"

namespace limbus {
namespace {

std::string tile(const std::string& name, const std::string& value) {
  return element("div", "tile", element("dt", "", escaped(name)) + element("dd", "", value));
}

std::string tiles(const Report& report) {
  const Scores& scores = report.scores;
  std::string text = tile("mIoU, %", percent(scores.mIoU)) +
                     tile("mean Dice, %", percent(scores.mDice)) +
                     tile("pixel accuracy, %", percent(scores.pixelAccuracy)) +
                     tile("class accuracy, %", percent(scores.classAccuracy));
  if (report.calibration) {
    text += tile("calibration error, %", percent(report.calibration->error()));
  }
  for (const auto& [name, value] : report.figures) text += tile(name, escaped(value));
  return element("dl", "tiles", text);
}

std::string facts(const Report& report) {
  std::string rows;
  for (const auto& [name, value] : report.facts) {
    rows += element("dt", "", escaped(name)) + element("dd", "", escaped(value));
  }
  return element("dl", "facts", rows);
}

std::string calibrationPart(const Calibration& calibration) {
  return element(
      "div", "beside",
      element("div", "figure", reliabilityDiagram(calibration)) +
          element("div", "",
                  element("p", "",
                          "Blue: the share of pixels that are right. Orange: how far "
                          "the confidence lies from it. Below: how many pixels there "
                          "are, as a square root.") +
                      element("p", "",
                              "Expected calibration error " + percent(calibration.error()) +
                                  "%, in the worst bin " + percent(calibration.largestError()) +
                                  "%, over " + thousands(calibration.pixels()) + " pixels.")));
}

Result<std::string> picture(const Image& image, const std::string& what) {
  const Result<std::string> url = dataUrl(image.view());
  if (!url) return fail(url.error());
  return element("figure", "",
                 "<img decoding=\"async\" width=\"" + std::to_string(image.width) + "\" height=\"" +
                     std::to_string(image.height) + "\" alt=\"" + what + "\" src=\"" + *url +
                     "\">" + element("figcaption", "", what));
}

Result<std::string> worstPart(const Report& report) {
  std::string text;
  for (const WorstImage& one : report.worst) {
    const Triplet& shown = one.pictures;
    std::string row;
    for (const auto& [image, what] :
         {std::pair(&shown.image, "image"), std::pair(&shown.truth, "truth"),
          std::pair(&shown.prediction, "prediction"), std::pair(&shown.errors, "wrong pixels")}) {
      const Result<std::string> figure = picture(*image, what);
      if (!figure) return fail(figure.error());
      row += *figure;
    }
    text += element("article", "",
                    element("h3", "",
                            escaped(one.image.id) +
                                element("span", "score",
                                        "mIoU " + percent(one.image.mIoU) + "%, pixel accuracy " +
                                            percent(one.image.pixelAccuracy) + "%")) +
                        element("div", "pictures", row));
  }
  return text;
}

std::string curvesPart(const Report& report) {
  std::string text;
  for (const Plot& plot : report.curves) text += element("div", "figure", svgOf(plot));
  return element("div", "curves", text);
}

// Where the images lie: the worst, a twentieth, half of them.
std::string spread(const Report& report) {
  std::vector<double> values;
  for (const ReportImage& image : report.images) {
    if (image.mIoU) values.push_back(*image.mIoU);
  }
  if (values.empty()) return "";
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return percent(
        values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))]);
  };
  return element("p", "note",
                 "mIoU of the worst image " + at(0) + "%, of the worst twentieth at most " +
                     at(0.05) + "%, of half of them at most " + at(0.5) + "%, of the best " +
                     at(1) + "%.");
}

}  // namespace

Result<std::string> pageOf(const Report& report) {
  const Result<std::string> worst = worstPart(report);
  if (!worst) return fail(worst.error());
  std::string body =
      element("header", "", element("h1", "", escaped(report.title)) + facts(report)) +
      tiles(report) +
      section(
          "classes", "Classes",
          element("p", "note", "In percent. " + escaped(report.convention)) + classTable(report)) +
      section("confusion", "Confusion",
              element("p", "note",
                      "Of the pixels of a class, in percent, what they were taken "
                      "for.") +
                  confusionTable(report));
  if (!report.parts.empty()) {
    std::vector<std::string> ids;
    for (const ReportImage& image : report.images) ids.push_back(image.id);
    body += section("counts", "Counts", countsPart(report.parts, ids));
  }
  if (report.calibration) {
    body += section("calibration", "Calibration", calibrationPart(*report.calibration));
  }
  if (!report.curves.empty()) body += section("curves", "The run", curvesPart(report));
  if (!report.worst.empty()) body += section("worst", "The worst images", *worst);
  body += section("images", "All images", spread(report) + imageTable(report));
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
         "data:; "
         "style-src 'unsafe-inline'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         escaped(report.title) + "</title>\n<style>" + kPageStyle +
         "</style></head>\n<body><main>" + body + "</main></body></html>\n";
}

}  // namespace limbus
