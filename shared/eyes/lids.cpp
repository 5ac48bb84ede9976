// Lids: sheets on the eyeball whose margins are as wide as the lids are thick. The inner edges are
// arcs between the canthi; the outer ones, where the lashes grow, stand off the eyeball. Both are
// turned and projected; the one nearer to the opening bounds it, and of the other's strip is seen
// what lies beyond.
#include <algorithm>
#include <array>

#include "shared/elementary.h"
#include "shared/eyes/anatomy.h"

namespace limbus::eyes {
namespace {

constexpr int kPoints = 97;
constexpr double kLidRadius = 12.7;  // the lids lie on the eyeball
constexpr double kCanthusDepth = 5;  // in front of the eyeball's centre, at least
constexpr double kLeaving = 40;      // square millimetres over which they do
constexpr double kCrack = 0.3;       // millimetres between lids that count as shut
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

// A line across the face as a function of x, rising in x.
class Edge {
 public:
  void add(Vec2 p) {
    // What turns back lies behind the rest: first before the nasal end, then after the temporal
    // one.
    if (count_ == 1 && p.x <= points_[0].x) count_ = 0;
    if (count_ == 0 || p.x > points_[count_ - 1].x) points_[count_++] = p;
  }
  double left() const { return points_[0].x; }
  double right() const { return points_[count_ - 1].x; }

  // Beyond the ends their value.
  double at(double x) const {
    const auto end = points_.begin() + count_;
    const auto next = std::upper_bound(points_.begin(), end, x,
                                       [](double value, const Vec2& p) { return value < p.x; });
    if (next == points_.begin()) return points_[0].y;
    const Vec2 a = *(next - 1);
    if (next == end) return a.y;
    return a.y + (next->y - a.y) * (x - a.x) / (next->x - a.x);
  }

 private:
  std::array<Vec2, kPoints> points_;
  int count_ = 0;
};

struct LidLines {
  Edge upper, lower;            // inner edges, on the eyeball
  Edge upperRoots, lowerRoots;  // outer ones
  double openness = 1;

  double upperAt(double x) const { return std::max(upper.at(x), upperRoots.at(x)); }
  double lowerAt(double x) const { return std::min(lower.at(x), lowerRoots.at(x)); }
  double gapAt(double x) const { return lowerAt(x) - upperAt(x); }
};

// How a lid's margin leads from the eyeball to its outer edge: `thickness` far, leaning by `turn`
// radians away from the opening. down: 1 at the lower lid, -1 at the upper one.
struct Margin {
  double thickness, turn, down;

  Margin scaled(double share) const { return {thickness * share, turn, down}; }
  Vec3 from(Vec3 edge) const {
    const double inv = 1.0 / squareRoot(edge.x * edge.x + edge.y * edge.y + edge.z * edge.z);
    const Vec3 out{edge.x * inv, edge.y * inv, edge.z * inv};
    const double level = squareRoot(1.0 - out.y * out.y);
    const Vec3 along{-out.x * out.y / level, level, -out.z * out.y / level};  // down the eyeball
    const double off = thickness * cosine(turn);
    const double aside = thickness * sine(turn) * down;
    return {edge.x + off * out.x + aside * along.x, edge.y + off * out.y + aside * along.y,
            edge.z + off * out.z + aside * along.z};
  }
};

double drawOpenness(const EyePreset& preset, Random& random) {
  const double open = draw(random, preset.openness);
  const double half = draw(random, preset.halfOpenness);
  const double choice = random.uniform();
  if (choice < preset.closed) return 0.0;
  return choice < preset.closed + preset.halfClosed ? half : open;
}

// Where the lids lie at a place of the face; towards the canthi they leave the eyeball.
Vec3 onEyeball(double x, double y) {
  constexpr double kLeast = kCanthusDepth * kCanthusDepth;
  const double over = kLidRadius * kLidRadius - x * x - y * y - kLeast;
  const double rest = 0.5 * (over + squareRoot(over * over + kLeaving * kLeaving));
  return {x, y, squareRoot(kLeast + rest)};
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
  const Arch upperArch{draw(random, preset.upperNasalArch), draw(random, preset.upperTemporalArch)};
  const Arch lowerArch{draw(random, preset.lowerNasalArch), draw(random, preset.lowerTemporalArch)};
  const double wave = draw(random, preset.lidWave);
  const double wavePhase = random.uniform(0, 2.0 * kPi);
  const Margin upperMargin{draw(random, preset.lidThickness),
                           draw(random, preset.lidTurn) * kRadians, -1.0};
  const Margin lowerMargin{draw(random, preset.lowerLidThickness),
                           draw(random, preset.lowerLidTurn) * kRadians, 1.0};

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
    const auto seen = [&](Vec3 p) { return projection.place(projection.turn(p)); };
    const Vec3 upper = onEyeball(x, std::min(upperY, lowerY));
    const Vec3 lower = onEyeball(x, lowerY);
    // Lids that touch hide their margins, and towards the canthi these end.
    const double share = smoothStep(0.0F, 0.12F, static_cast<float>(std::min(t, 1.0 - t))) *
                         smoothStep(0.0F, 2.0F, static_cast<float>(lowerY - upperY));
    lines.upper.add(seen(upper));
    lines.lower.add(seen(lower));
    lines.upperRoots.add(seen(upperMargin.scaled(share).from(upper)));
    lines.lowerRoots.add(seen(lowerMargin.scaled(share).from(lower)));
  }
  return lines;
}

// The canthi in view: the ends of the one open stretch around the widest place. Beyond them one lid
// hides the other, or the eyeball both. False where no more than a crack is left: the eye
// is shut.
bool findCanthi(const LidLines& lines, Lids& lids) {
  constexpr int kSteps = 256;
  const double left = std::max(lines.upper.left(), lines.lower.left());
  const double right = std::min(lines.upper.right(), lines.lower.right());
  const auto place = [&](int i) { return left + (right - left) * i / kSteps; };
  std::array<double, kSteps + 1> gaps{};
  for (int i = 0; i <= kSteps; ++i) gaps[i] = lines.gapAt(place(i));
  const auto widest = std::max_element(gaps.begin(), gaps.end());
  int first = static_cast<int>(widest - gaps.begin());
  int last = first;
  while (first > 0 && gaps[first] > 0.0) --first;
  while (last < kSteps && gaps[last] > 0.0) ++last;
  const bool open = *widest > kCrack && last - first > kSteps / 4;
  if (!open) {
    first = 0;
    last = kSteps;
  }
  const auto corner = [&](int i) {
    const double x = place(i);
    return Vec2{x, 0.5 * (lines.upperAt(x) + lines.lowerAt(x))};
  };
  lids.nasal = corner(first);
  lids.temporal = corner(last);
  return open;
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
void fillRows(const LidLines& lines, bool open, Lids& lids, double outerSlope, double innerSlope) {
  const double left = lids.nasal.x;
  const double right = lids.temporal.x;
  const double middle = 0.5 * (left + right);
  const double half = 0.5 * (right - left);
  const double leftGap = lines.gapAt(left);
  const double rightGap = lines.gapAt(right);
  lids.rows.resize(Lids::kRows);
  for (int i = 0; i < Lids::kRows; ++i) {
    const double x = -Lids::kReach + 2.0 * Lids::kReach * i / (Lids::kRows - 1);
    LidRow& row = lids.rows[i];
    double upper = 0;
    double lower = 0;
    double outside = 0;
    if (x <= left || x >= right) {
      outside = x <= left ? left - x : x - right;
      const double slope = x <= left ? innerSlope : outerSlope;
      const Vec2 corner = x <= left ? lids.nasal : lids.temporal;
      upper = lower = corner.y + slope * outside / (1.0 + 0.04 * outside);
    } else {
      lower = lines.lowerAt(x);
      upper = open ? lines.upperAt(x) : lower;
      const float ends = smoothStep(0.0F, 2.0F, static_cast<float>(std::min(x - left, right - x)));
      const double upperMargin = std::max(0.0, upper - lines.upperRoots.at(x));
      const double lowerMargin = std::max(0.0, lines.lowerRoots.at(x) - lower);
      row.upperRoots = ends * static_cast<float>(upperMargin);
      row.lowerRoots = ends * static_cast<float>(lowerMargin);
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
  const bool open = findCanthi(lines, lids);
  const double outerSlope = draw(random, preset.outerFoldSlope);
  const double innerSlope = draw(random, preset.innerFoldSlope);
  fillRows(lines, open, lids, outerSlope, innerSlope);
  smoothRows(lids);
  const double distance = draw(random, preset.creaseDistance);
  // The fold stays on the face while the margin moves away from it.
  float upper = 0;
  float lower = 0;
  lids.margins(0, upper, lower);
  const double restMargin = -4.2;
  lids.creaseDistance = distance + std::max(0.0, 0.8 * (upper - restMargin));
  return lids;
}

}  // namespace limbus::eyes
