// Lid margins: arcs between the canthi on the eyeball, turned, projected and tabulated over x.
#include <algorithm>
#include <array>

#include "shared/elementary.h"
#include "shared/eyes/anatomy.h"

namespace limbus::eyes {
namespace {

constexpr int kPoints = 97;
constexpr double kLidRadius = 12.7;  // the lids lie on the eyeball
constexpr double kBaseline = 1.2;    // the canthi lie below the pupil of a straight gaze

// How far the margins stand from the line between the canthi, t from nose (0) to temple (1).
struct Arch {
  double nasalPower, temporalPower, peak;

  Arch(double nasal, double temporal) : nasalPower(nasal), temporalPower(temporal), peak(1) {
    peak =
        power(nasal / (nasal + temporal), nasal) * power(temporal / (nasal + temporal), temporal);
  }
  double at(double t) const { return power(t, nasalPower) * power(1.0 - t, temporalPower) / peak; }
};

struct LidLines {
  std::array<Vec2, kPoints> upper, lower;
  double openness = 1;
};

double drawOpenness(const EyePreset& preset, Random& random) {
  const double open = draw(random, preset.openness);
  const double half = draw(random, preset.halfOpenness);
  const double choice = random.uniform();
  if (choice < preset.closed) return 0.0;
  return choice < preset.closed + preset.halfClosed ? half : open;
}

LidLines drawLines(const EyePreset& preset, const Projection& projection, double gazeDown,
                   Random& random) {
  const double width = draw(random, preset.fissureWidth);
  const double tilt = draw(random, preset.canthalTilt) * kRadians;
  const double slope = sine(tilt) / cosine(tilt);
  const double open = drawOpenness(preset, random);
  const double follow = draw(random, preset.lidFollowsGaze) * gazeDown;
  const double upperRest = draw(random, preset.upperHeight) + kBaseline;
  const double lowerRest = draw(random, preset.lowerHeight);
  const Arch upperArch{random.uniform(0.6, 1.0), random.uniform(0.5, 0.85)};
  const Arch lowerArch{random.uniform(0.75, 1.2), random.uniform(0.5, 0.85)};
  const double wave = draw(random, preset.lidWave);
  const double wavePhase = random.uniform(0, 2.0 * kPi);

  const double lowerHeight = std::max(lowerRest + 0.45 * follow, -0.5);
  const double upperOpen = std::max(upperRest - follow, -lowerHeight + 1.0);
  // Blinking is the upper lid's work; the lower one rises a little.
  const double lowered =
      lowerHeight - 0.12 * (1.0 - std::min(open, 1.0)) * (lowerHeight + upperOpen);
  const double upperHeight = open * (upperOpen + lowered) - lowered;

  LidLines lines;
  lines.openness = open;
  for (int i = 0; i < kPoints; ++i) {
    const double t = static_cast<double>(i) / (kPoints - 1);
    const double x = width * (t - 0.53);
    const double base = kBaseline - slope * width * (t - 0.5);
    const double ripple = 1.0 + wave * sine(wavePhase + 9.0 * t);
    const double lowerY = base + lowered * lowerArch.at(t) * ripple;
    double upperY = base - upperHeight * upperArch.at(t);
    if (upperHeight < 0) upperY = base - upperHeight * lowerArch.at(t) * ripple;
    const auto on = [&](double y) {
      const double rest = kLidRadius * kLidRadius - x * x - y * y;
      const double z = rest > 9.0 ? squareRoot(rest) : 3.0;
      return projection.place(projection.turn({x, y, z}));
    };
    lines.upper[i] = on(std::min(upperY, lowerY));
    lines.lower[i] = on(lowerY);
  }
  return lines;
}

// y of a polyline at x; outside it the end's value. What turns back lies behind the rest.
double heightAt(const std::array<Vec2, kPoints>& line, double x) {
  int first = 0;
  while (first + 1 < kPoints && line[first + 1].x <= line[first].x) ++first;
  double lastX = line[first].x;
  double lastY = line[first].y;
  if (x <= lastX) return lastY;
  for (int i = first + 1; i < kPoints; ++i) {
    if (line[i].x <= lastX) continue;
    if (x <= line[i].x) {
      return lastY + (line[i].y - lastY) * (x - lastX) / (line[i].x - lastX);
    }
    lastX = line[i].x;
    lastY = line[i].y;
  }
  return lastY;
}

double gapAt(const LidLines& lines, double x) {
  return heightAt(lines.lower, x) - heightAt(lines.upper, x);
}

// The canthi in view: the ends of the one open stretch around the widest place. Beyond them one lid
// hides the other, or the eyeball both.
void findCanthi(const LidLines& lines, Lids& lids) {
  constexpr int kSteps = 256;
  const auto byX = [](Vec2 a, Vec2 b) { return a.x < b.x; };
  const auto upper = std::minmax_element(lines.upper.begin(), lines.upper.end(), byX);
  const auto lower = std::minmax_element(lines.lower.begin(), lines.lower.end(), byX);
  const double left = std::max(upper.first->x, lower.first->x);
  const double right = std::min(upper.second->x, lower.second->x);
  const auto place = [&](int i) { return left + (right - left) * i / kSteps; };
  std::array<double, kSteps + 1> gaps{};
  for (int i = 0; i <= kSteps; ++i) gaps[i] = gapAt(lines, place(i));
  int first = 0;
  int last = kSteps;
  const auto widest = std::max_element(gaps.begin(), gaps.end());
  if (*widest > 0.0) {
    first = last = static_cast<int>(widest - gaps.begin());
    while (first > 0 && gaps[first] > 0.0) --first;
    while (last < kSteps && gaps[last] > 0.0) ++last;
  }
  const auto corner = [&](int i) {
    const double x = place(i);
    return Vec2{x, 0.5 * (heightAt(lines.upper, x) + heightAt(lines.lower, x))};
  };
  lids.nasal = corner(first);
  lids.temporal = corner(last);
}

// Where a turned face hides a canthus, the eyeball's outline closes the opening: round, not cut.
double roundedEnd(double fromCorner, double height) {
  const double reach = 0.6 * height;
  if (fromCorner >= reach) return 1.0;
  const double rest = 1.0 - fromCorner / reach;
  return squareRoot(1.0 - rest * rest);
}

// Straight on beyond the canthi: the outer one sinks, the inner one rises towards the nose's
// bridge.
void fillRows(const LidLines& lines, Lids& lids, double outerSlope, double innerSlope) {
  const double left = lids.nasal.x;
  const double right = lids.temporal.x;
  const double middle = 0.5 * (left + right);
  const double half = 0.5 * (right - left);
  const double leftGap = gapAt(lines, left);
  const double rightGap = gapAt(lines, right);
  lids.rows.resize(Lids::kRows);
  for (int i = 0; i < Lids::kRows; ++i) {
    const double x = -Lids::kReach + 2.0 * Lids::kReach * i / (Lids::kRows - 1);
    LidRow& row = lids.rows[i];
    double upper = heightAt(lines.upper, x);
    double lower = heightAt(lines.lower, x);
    double outside = 0;
    if (x <= left || x >= right) {
      outside = x <= left ? left - x : x - right;
      const double slope = x <= left ? innerSlope : outerSlope;
      const Vec2 corner = x <= left ? lids.nasal : lids.temporal;
      upper = lower = corner.y + slope * outside / (1.0 + 0.04 * outside);
    } else {
      const double atLeft = roundedEnd(x - left, leftGap);
      const double atRight = roundedEnd(right - x, rightGap);
      upper = lids.nasal.y + (upper - lids.nasal.y) * atLeft;
      lower = lids.nasal.y + (lower - lids.nasal.y) * atLeft;
      upper = lids.temporal.y + (upper - lids.temporal.y) * atRight;
      lower = lids.temporal.y + (lower - lids.temporal.y) * atRight;
    }
    const double across = (x - middle) / (half * 1.25);
    row.upper = static_cast<float>(std::min(upper, lower));
    row.lower = static_cast<float>(lower);
    row.perCrease = static_cast<float>(1.0 / std::max(0.3, 1.0 - 0.62 * across * across));
    row.inside = 1.0F - smoothStep(0.0F, 11.0F, static_cast<float>(outside));
    row.margin = 1.0F - smoothStep(0.0F, 1.5F, static_cast<float>(outside));
  }
}

float slopeCos(float before, float after) {
  const double step = 2.0 * Lids::kReach / (Lids::kRows - 1);
  const double slope = (after - before) / (2.0 * step);
  return static_cast<float>(1.0 / squareRoot(1.0 + slope * slope));
}

// The margins end in steep corners; the folds further away must not.
void smoothRows(Lids& lids) {
  constexpr int kHalf = 30;  // rows, about 4 mm
  std::vector<double> upper(Lids::kRows + 1), lower(Lids::kRows + 1);
  for (LidRow& row : lids.rows) {
    row.softUpper = row.upper;
    row.softLower = row.lower;
  }
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < Lids::kRows; ++i) {
      upper[i + 1] = upper[i] + lids.rows[i].softUpper;
      lower[i + 1] = lower[i] + lids.rows[i].softLower;
    }
    for (int i = 0; i < Lids::kRows; ++i) {
      const int from = std::max(0, i - kHalf);
      const int to = std::min(Lids::kRows, i + kHalf + 1);
      lids.rows[i].softUpper = static_cast<float>((upper[to] - upper[from]) / (to - from));
      lids.rows[i].softLower = static_cast<float>((lower[to] - lower[from]) / (to - from));
    }
  }
  for (int i = 1; i + 1 < Lids::kRows; ++i) {
    const LidRow& a = lids.rows[i - 1];
    const LidRow& b = lids.rows[i + 1];
    LidRow& row = lids.rows[i];
    row.upperCos = slopeCos(a.upper, b.upper);
    row.lowerCos = slopeCos(a.lower, b.lower);
    row.softUpperCos = slopeCos(a.softUpper, b.softUpper);
    row.softLowerCos = slopeCos(a.softLower, b.softLower);
  }
}

}  // namespace

Lids drawLids(const EyePreset& preset, const Projection& projection, const Globe& globe,
              Random& random) {
  // How far the gaze lies below the straight one, in millimetres on the eyeball.
  const Vec2 iris = globe.iris.centre;
  const LidLines lines = drawLines(preset, projection, iris.y, random);
  Lids lids;
  lids.openness = lines.openness;
  findCanthi(lines, lids);
  const double outerSlope = draw(random, preset.outerFoldSlope);
  const double innerSlope = draw(random, preset.innerFoldSlope);
  fillRows(lines, lids, outerSlope, innerSlope);
  smoothRows(lids);
  const double distance = draw(random, preset.creaseDistance);
  // The fold stays on the face while the margin moves away from it.
  float upper = 0;
  float lower = 0;
  lids.margins(0, upper, lower);
  const double restMargin = -4.2;
  lids.creaseDistance = distance + std::max(0.0, 0.8 * (upper - restMargin));
  lids.upperThickness = draw(random, preset.lidThickness);
  lids.lowerThickness = draw(random, preset.lowerLidThickness);
  return lids;
}

}  // namespace limbus::eyes
