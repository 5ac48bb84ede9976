#include "shared/vision/ellipse_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "shared/elementary.h"

namespace limbus {
namespace {

constexpr int kUnknowns = 5;
constexpr int kRounds = 8;

// Coordinates around the points' mean, in units of their spread.
struct Frame {
  double centreX = 0;
  double centreY = 0;
  double scale = 1;  // pixels per unit
};

// (x^2 + y^2)/2 + p0 (x^2 - y^2) + p1 xy + p2 x + p3 y + p4 = 0
using Conic = std::array<double, kUnknowns>;

Frame makeFrame(const std::vector<Point>& points) {
  Frame frame;
  for (const Point& point : points) {
    frame.centreX += point.x;
    frame.centreY += point.y;
  }
  frame.centreX /= static_cast<double>(points.size());
  frame.centreY /= static_cast<double>(points.size());
  double squares = 0;
  for (const Point& point : points) {
    const double dx = point.x - frame.centreX;
    const double dy = point.y - frame.centreY;
    squares += dx * dx + dy * dy;
  }
  frame.scale = squareRoot(squares / static_cast<double>(points.size()));
  return frame;
}

// Solves the symmetric system by Cholesky; absent when it is singular.
std::optional<Conic> solve(std::array<std::array<double, kUnknowns>, kUnknowns> a, Conic b) {
  for (int i = 0; i < kUnknowns; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (int k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      if (i != j) {
        a[i][j] = sum / a[j][j];
      } else if (sum > 1e-12 * a[i][i] && sum > 0) {
        a[i][i] = squareRoot(sum);
      } else {
        return std::nullopt;
      }
    }
  }
  for (int i = 0; i < kUnknowns; ++i) {
    for (int k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (int i = kUnknowns - 1; i >= 0; --i) {
    for (int k = i + 1; k < kUnknowns; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

std::optional<Conic> solveWeighted(const std::vector<Point>& local,
                                   const std::vector<double>& weights) {
  std::array<std::array<double, kUnknowns>, kUnknowns> normal{};
  Conic right{};
  for (std::size_t i = 0; i < local.size(); ++i) {
    const double x = local[i].x;
    const double y = local[i].y;
    const Conic row = {x * x - y * y, x * y, x, y, 1.0};
    const double target = -0.5 * (x * x + y * y);
    for (int r = 0; r < kUnknowns; ++r) {
      const double weighted = weights[i] * row[r];
      for (int c = 0; c <= r; ++c) normal[r][c] += weighted * row[c];
      right[r] += weighted * target;
    }
  }
  return solve(normal, right);
}

// First-order distance of each point from the conic, in local units, and the squared gradient.
void distances(const std::vector<Point>& local, const Conic& p, std::vector<double>& distance,
               std::vector<double>& gradient2) {
  for (std::size_t i = 0; i < local.size(); ++i) {
    const double x = local[i].x;
    const double y = local[i].y;
    const double value =
        0.5 * (x * x + y * y) + p[0] * (x * x - y * y) + p[1] * x * y + p[2] * x + p[3] * y + p[4];
    const double gx = x + 2 * p[0] * x + p[1] * y + p[2];
    const double gy = y - 2 * p[0] * y + p[1] * x + p[3];
    gradient2[i] = std::max(gx * gx + gy * gy, 1e-6);
    distance[i] = std::fabs(value) / squareRoot(gradient2[i]);
  }
}

std::optional<Ellipse> toEllipse(const Conic& p, const Frame& frame) {
  const double a = 0.5 + p[0];
  const double c = 0.5 - p[0];
  const double b = p[1];
  const double determinant = 4 * a * c - b * b;
  if (!(determinant > 1e-6)) return std::nullopt;
  const double x = (b * p[3] - 2 * c * p[2]) / determinant;
  const double y = (b * p[2] - 2 * a * p[3]) / determinant;
  const double atCentre = p[4] + 0.5 * (p[2] * x + p[3] * y);
  if (!(atCentre < 0)) return std::nullopt;
  const double root = squareRoot((a - c) * (a - c) + b * b);
  const double low = 0.5 * (1.0 - root);  // the trace a + c is 1
  const double high = 0.5 * (1.0 + root);
  if (!(low > 0)) return std::nullopt;
  Ellipse ellipse;
  ellipse.centreX = frame.centreX + frame.scale * x;
  ellipse.centreY = frame.centreY + frame.scale * y;
  ellipse.majorPx = 2 * frame.scale * squareRoot(-atCentre / low);
  ellipse.minorPx = 2 * frame.scale * squareRoot(-atCentre / high);
  double angle = 90.0 + 90.0 / kPi * arcTangent2(b, a - c);  // (0, 180]
  if (root < 1e-9) angle = 0;                                // a circle has no direction
  ellipse.angleDegrees = angle > 90.0 ? angle - 180.0 : angle;
  return ellipse;
}

}  // namespace

std::optional<Ellipse> fitEllipse(const std::vector<Point>& points) {
  if (points.size() < 6) return std::nullopt;
  const Frame frame = makeFrame(points);
  if (!(frame.scale > 1e-6)) return std::nullopt;
  std::vector<Point> local(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    local[i].x = static_cast<float>((points[i].x - frame.centreX) / frame.scale);
    local[i].y = static_cast<float>((points[i].y - frame.centreY) / frame.scale);
  }
  std::vector<double> weights(points.size(), 1.0);
  std::vector<double> distance(points.size());
  std::vector<double> gradient2(points.size());
  std::optional<Conic> conic = solveWeighted(local, weights);
  const double halfPixel = 0.5 / frame.scale;
  for (int round = 0; conic && round < kRounds; ++round) {
    distances(local, *conic, distance, gradient2);
    std::vector<double> sorted = distance;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double spread = std::max(3.0 * *middle, 2.0 * halfPixel);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double relative = distance[i] / spread;
      weights[i] = 1.0 / (gradient2[i] * (1.0 + relative * relative));
    }
    conic = solveWeighted(local, weights);
  }
  if (!conic) return std::nullopt;
  return toEllipse(*conic, frame);
}

}  // namespace limbus
