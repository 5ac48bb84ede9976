// An analysis as JSON text. Outlines are thousands of numbers: they are written straight into the
// text, everything else goes through a Json value.
#include <cmath>

#include "shared/json_reader.h"
#include "shared/vision/regions.h"

namespace limbus {
namespace {

void roundThousandths(double& value) { value = std::floor(value * 1000.0 + 0.5) / 1000.0; }

void roundThousandths(std::optional<double>& value) {
  if (value) roundThousandths(*value);
}

void roundThousandths(std::optional<Ellipse>& ellipse) {
  if (!ellipse) return;
  roundThousandths(ellipse->centreX);
  roundThousandths(ellipse->centreY);
  roundThousandths(ellipse->majorPx);
  roundThousandths(ellipse->minorPx);
  roundThousandths(ellipse->angleDegrees);
  if (ellipse->angleDegrees <= -90.0) ellipse->angleDegrees = 90.0;  // the open end was reached
}

Json optionalJson(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ellipseJson(const std::optional<Ellipse>& ellipse) {
  if (!ellipse) return nullptr;
  Json json;
  json["centreX"] = ellipse->centreX;
  json["centreY"] = ellipse->centreY;
  json["majorPx"] = ellipse->majorPx;
  json["minorPx"] = ellipse->minorPx;
  json["angleDegrees"] = ellipse->angleDegrees;
  return json;
}

// Digits that end at `end`; returns where they begin. A pixel's coordinate is not negative.
char* writeBefore(char* end, int coordinate) {
  do {
    *--end = static_cast<char>('0' + coordinate % 10);
    coordinate /= 10;
  } while (coordinate > 0);
  return end;
}

// "[[15,1],[24,1]]"
void appendOutline(const std::vector<Point>& outline, std::string& text) {
  text += '[';
  for (const Point& point : outline) {
    char buffer[32];
    char* const end = buffer + sizeof buffer;
    char* begin = end;
    *--begin = ']';
    begin = writeBefore(begin, static_cast<int>(point.y));
    *--begin = ',';
    begin = writeBefore(begin, static_cast<int>(point.x));
    *--begin = '[';
    if (&point != outline.data()) *--begin = ',';
    text.append(begin, static_cast<std::size_t>(end - begin));
  }
  text += ']';
}

void appendRegion(const Region& region, const std::vector<ClassSpec>& classes, std::string& text) {
  Json before;
  before["classIndex"] = region.classIndex;
  before["className"] = classes[static_cast<std::size_t>(region.classIndex)].name;
  before["areaPx"] = region.areaPx;
  before["centroidX"] = region.centroidX;
  before["centroidY"] = region.centroidY;
  before["left"] = region.left;
  before["top"] = region.top;
  before["width"] = region.width;
  before["height"] = region.height;
  Json after;
  after["ellipse"] = ellipseJson(region.ellipse);
  after["occluded"] = region.occluded;
  text += dumpJson(before);
  text.back() = ',';  // for its brace
  text += "\"outline\":";
  appendOutline(region.outline, text);
  const std::size_t brace = text.size();
  text += dumpJson(after);
  text[brace] = ',';
}

}  // namespace

Analysis rounded(Analysis analysis) {
  for (Region& region : analysis.regions) {
    roundThousandths(region.centroidX);
    roundThousandths(region.centroidY);
    roundThousandths(region.ellipse);
  }
  if (analysis.eye) {
    roundThousandths(analysis.eye->pupil);
    roundThousandths(analysis.eye->iris);
    roundThousandths(analysis.eye->pupilDiameterPx);
    roundThousandths(analysis.eye->irisDiameterPx);
    roundThousandths(analysis.eye->pupilToIrisRatio);
  }
  return analysis;
}

std::string toJson(const Analysis& exact, const std::vector<ClassSpec>& classes) {
  const Analysis analysis = rounded(exact);
  std::string text = "{\"areaPx\":" + dumpJson(analysis.areaPx) + ",\"regions\":[";
  for (const Region& region : analysis.regions) {
    if (&region != analysis.regions.data()) text += ',';
    appendRegion(region, classes, text);
  }
  text += "],\"eye\":";
  Json eye;
  if (analysis.eye) {
    eye["pupil"] = ellipseJson(analysis.eye->pupil);
    eye["iris"] = ellipseJson(analysis.eye->iris);
    eye["irisOccluded"] = analysis.eye->irisOccluded;
    eye["pupilDiameterPx"] = optionalJson(analysis.eye->pupilDiameterPx);
    eye["irisDiameterPx"] = optionalJson(analysis.eye->irisDiameterPx);
    eye["pupilToIrisRatio"] = optionalJson(analysis.eye->pupilToIrisRatio);
  }
  return text + dumpJson(eye) + "}";
}

}  // namespace limbus
