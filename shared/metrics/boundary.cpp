#include "shared/metrics/boundary.h"

#include <algorithm>
#include <cmath>

#include "shared/distance.h"

namespace limbus {
namespace {

struct ClassBorder {
  std::vector<std::uint8_t> is;  // [H,W]
  std::int64_t pixels = 0;
};

std::uint8_t labelAt(MaskView mask, MaskView truth, int x, int y) {
  const bool isVoid = truth.pixels[y * truth.width + x] == kVoidLabel;
  return isVoid ? kVoidLabel : mask.pixels[y * mask.width + x];
}

ClassBorder borderOf(MaskView mask, MaskView truth, int label) {
  constexpr int kSteps[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
  ClassBorder border;
  border.is.resize(static_cast<std::size_t>(mask.width) * mask.height, 0);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (labelAt(mask, truth, x, y) != label) continue;
      for (const auto& [dx, dy] : kSteps) {
        if (x + dx < 0 || y + dy < 0 || x + dx >= mask.width || y + dy >= mask.height) continue;
        const std::uint8_t other = labelAt(mask, truth, x + dx, y + dy);
        if (other == label || other == kVoidLabel) continue;
        border.is[static_cast<std::size_t>(y) * mask.width + x] = 1;
        ++border.pixels;
        break;
      }
    }
  }
  return border;
}

// From every pixel of `from` to the nearest of the other border, in px.
std::vector<double> gaps(const ClassBorder& from, const std::vector<double>& squaredToOther) {
  std::vector<double> distances;
  for (std::size_t i = 0; i < from.is.size(); ++i) {
    if (from.is[i] != 0) distances.push_back(std::sqrt(squaredToOther[i]));
  }
  return distances;
}

double shareWithin(const std::vector<double>& distances, double tolerancePx) {
  const auto within = std::count_if(distances.begin(), distances.end(),
                                    [&](double distance) { return distance <= tolerancePx; });
  return static_cast<double>(within) / static_cast<double>(distances.size());
}

// Nearest rank.
double percentile95(std::vector<double> distances) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(distances.size())) - 1);
  std::nth_element(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(rank),
                   distances.end());
  return distances[rank];
}

BoundaryScores scoreClass(const ClassBorder& truth, const ClassBorder& prediction, int width,
                          int height, double tolerancePx) {
  BoundaryScores scores;
  if (truth.pixels == 0 && prediction.pixels == 0) return scores;
  if (truth.pixels == 0 || prediction.pixels == 0) {
    scores.precision = scores.recall = scores.f1 = 0;
    return scores;
  }
  const std::vector<double> missed = gaps(truth, squaredDistances(prediction.is, width, height));
  const std::vector<double> strayed = gaps(prediction, squaredDistances(truth.is, width, height));
  scores.precision = shareWithin(strayed, tolerancePx);
  scores.recall = shareWithin(missed, tolerancePx);
  const double sum = *scores.precision + *scores.recall;
  scores.f1 = sum > 0 ? 2 * *scores.precision * *scores.recall / sum : 0;
  scores.hausdorffPx = std::max(*std::max_element(missed.begin(), missed.end()),
                                *std::max_element(strayed.begin(), strayed.end()));
  scores.hausdorff95Px = std::max(percentile95(missed), percentile95(strayed));
  return scores;
}

}  // namespace

Result<std::vector<BoundaryScores>> boundaryScores(MaskView truth, MaskView prediction, int classes,
                                                   double tolerancePx) {
  if (truth.width != prediction.width || truth.height != prediction.height) {
    return fail(ErrorCode::badArgument,
                "expected masks of one size, got " + std::to_string(truth.width) + "x" +
                    std::to_string(truth.height) + " and " + std::to_string(prediction.width) +
                    "x" + std::to_string(prediction.height));
  }
  std::vector<BoundaryScores> scores;
  for (int label = 0; label < classes; ++label) {
    scores.push_back(scoreClass(borderOf(truth, truth, label), borderOf(prediction, truth, label),
                                truth.width, truth.height, tolerancePx));
  }
  return scores;
}

}  // namespace limbus
