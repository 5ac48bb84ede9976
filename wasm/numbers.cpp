#include "wasm/numbers.h"

#include <limits>

namespace limbus {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

void append(std::vector<double>& row, const std::optional<Ellipse>& ellipse) {
  if (!ellipse) {
    row.insert(row.end(), 5, kAbsent);
    return;
  }
  row.insert(row.end(), {ellipse->centreX, ellipse->centreY, ellipse->majorPx, ellipse->minorPx,
                         ellipse->angleDegrees});
}

void append(std::vector<double>& row, const EyeMeasurements& eye) {
  append(row, eye.pupil);
  append(row, eye.iris);
  row.insert(row.end(),
             {eye.irisOccluded ? 1.0 : 0.0, eye.pupilDiameterPx.value_or(kAbsent),
              eye.irisDiameterPx.value_or(kAbsent), eye.pupilToIrisRatio.value_or(kAbsent)});
}

void append(std::vector<double>& row, const Region& region) {
  row.insert(row.end(), {static_cast<double>(region.classIndex), static_cast<double>(region.areaPx),
                         region.centroidX, region.centroidY, static_cast<double>(region.left),
                         static_cast<double>(region.top), static_cast<double>(region.width),
                         static_cast<double>(region.height)});
  append(row, region.ellipse);
  row.push_back(region.occluded ? 1.0 : 0.0);
  row.push_back(static_cast<double>(region.outline.size()));
  for (const Point& point : region.outline) row.insert(row.end(), {point.x, point.y});
}

}  // namespace

std::vector<double> numbersOf(const Analysis& analysis) {
  std::vector<double> row = {static_cast<double>(analysis.areaPx.size())};
  row.insert(row.end(), analysis.areaPx.begin(), analysis.areaPx.end());
  row.push_back(analysis.eye ? 1.0 : 0.0);
  if (analysis.eye) append(row, *analysis.eye);
  row.push_back(static_cast<double>(analysis.regions.size()));
  for (const Region& region : analysis.regions) append(row, region);
  return row;
}

std::vector<double> numbersOf(const Render& render) {
  std::vector<double> row = {static_cast<double>(render.image.width),
                             static_cast<double>(render.image.height),
                             static_cast<double>(render.image.channels)};
  append(row, render.pupil);
  append(row, render.iris);
  return row;
}

std::vector<double> numbersOf(const std::optional<Ellipse>& ellipse) {
  std::vector<double> row;
  append(row, ellipse);
  return row;
}

std::vector<double> numbersOf(const ConfusionMatrix& counts) {
  std::vector<double> row;
  for (int truth = 0; truth < counts.classes(); ++truth) {
    for (int prediction = 0; prediction < counts.classes(); ++prediction) {
      row.push_back(static_cast<double>(counts.at(truth, prediction)));
    }
  }
  return row;
}

std::vector<double> numbersOf(const Scores& scores) {
  std::vector<double> row = {scores.mIoU, scores.mDice, scores.pixelAccuracy, scores.classAccuracy};
  for (const ClassScores& one : scores.classes) {
    for (const std::optional<double>& value :
         {one.iou, one.dice, one.precision, one.recall, one.f1, one.accuracy}) {
      row.push_back(value.value_or(kAbsent));
    }
  }
  return row;
}

}  // namespace limbus
