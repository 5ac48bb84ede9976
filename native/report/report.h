// How well a model does on labelled images, as one page to look at: scores, confusions, counts,
// calibration, the worst images, the curves of the run.
//
//   Report report;
//   report.title = "first";
//   report.classes = {{.name = "background"}, {.name = "pupil", .colour = {255, 96, 80}}};
//   report.counts = ConfusionMatrix(2);
//   WorstImages worst(12);
//   worst.offer({image, pictures});  // every image
//   std::string html = *pageOf(report);
//
// The page is one file: pictures and drawings lie inside it, it has no script and its policy
// forbids every request.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "native/report/calibration.h"
#include "native/report/counts.h"
#include "native/report/pictures.h"
#include "native/report/plot.h"
#include "shared/class_colours.h"
#include "shared/metrics/metrics.h"
#include "shared/result.h"

namespace limbus {

struct ReportClass {
  std::string name;
  Rgb colour{};
  std::optional<double> boundaryF1, hausdorff95Px;  // means over the images
};

struct ReportImage {
  std::string id;
  // [0,1], by the convention over this image alone; absent: none of its classes takes part.
  std::optional<double> mIoU, pixelAccuracy;
};

struct WorstImage {
  ReportImage image;
  Triplet pictures;
};

struct Report {
  using Facts = std::vector<std::pair<std::string, std::string>>;

  std::string title;
  Facts facts;                             // name and value, as text: what was scored on what
  Facts figures;                           // and beside the scores: "M", "95.31"
  std::string convention;                  // by which the scores count, and its summary
  std::vector<ReportClass> classes;        // at least one
  Scores scores;                           // of as many classes
  ConfusionMatrix counts{1};               // and so has this
  std::vector<ReportImage> images;         // any order
  std::vector<WorstImage> worst;           // the worst first
  std::vector<ClassCounts> parts;          // of as many images; none where none are counted
  std::optional<Calibration> calibration;  // absent: the model gives no probabilities
  std::vector<Plot> curves;                // of the run; none where there is no run
};

// A whole HTML document; all text is escaped.
Result<std::string> pageOf(const Report& report);

// Keeps the pictures of the worst by mIoU, of two equals the one that came first.
class WorstImages {
 public:
  explicit WorstImages(std::size_t most) : most_(most) {}

  bool wants(double mIoU) const;  // otherwise its pictures need not be made
  void offer(WorstImage image);
  std::vector<WorstImage> take() { return std::move(images_); }

 private:
  std::size_t most_;
  std::vector<WorstImage> images_;  // the worst first
};

}  // namespace limbus
