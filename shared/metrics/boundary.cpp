#include "shared/metrics/boundary.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace limbus {
namespace {

constexpr double kFar = 1e20;  // squared: further than any image reaches

struct Border {
  std::vector<std::uint8_t> is;  // [H,W]
  std::int64_t pixels = 0;
};

std::uint8_t labelAt(MaskView mask, MaskView truth, int x, int y) {
  const bool isVoid = truth.pixels[y * truth.width + x] == kVoidLabel;
  return isVoid ? kVoidLabel : mask.pixels[y * mask.width + x];
}

Border borderOf(MaskView mask, MaskView truth, int label) {
  constexpr int kSteps[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
  Border border;
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

// Felzenszwalb and Huttenlocher, "Distance transforms of sampled functions", 2012: the lower
// envelope of parabolas over one line. `values` and `out` hold squared distances.
void transformLine(const std::vector<double>& values, std::vector<double>& out,
                   std::vector<int>& centres, std::vector<double>& begins) {
  const int count = static_cast<int>(values.size());
  centres.assign(1, 0);
  begins.assign(1, -std::numeric_limits<double>::infinity());
  for (int q = 1; q < count; ++q) {
    double meets = 0;
    while (true) {
      const int p = centres.back();
      meets =
          ((values[q] + static_cast<double>(q) * q) - (values[p] + static_cast<double>(p) * p)) /
          (2.0 * (q - p));
      if (meets > begins.back()) break;
      centres.pop_back();
      begins.pop_back();
    }
    centres.push_back(q);
    begins.push_back(meets);
  }
  std::size_t k = 0;
  for (int q = 0; q < count; ++q) {
    while (k + 1 < begins.size() && begins[k + 1] < q) ++k;
    const double away = q - centres[k];
    out[q] = away * away + values[centres[k]];
  }
}

// Squared distance of every pixel to the nearest of the border, [H,W].
std::vector<double> distancesTo(const Border& border, int width, int height) {
  std::vector<double> squared(border.is.size());
  std::transform(border.is.begin(), border.is.end(), squared.begin(),
                 [](std::uint8_t is) { return is != 0 ? 0.0 : kFar; });
  std::vector<int> centres;
  std::vector<double> begins;
  const auto along = [&](int lines, int length, std::ptrdiff_t lineStep, std::ptrdiff_t step) {
    std::vector<double> values(static_cast<std::size_t>(length)), out(values.size());
    for (int line = 0; line < lines; ++line) {
      double* const first = squared.data() + line * lineStep;
      for (int i = 0; i < length; ++i) values[i] = first[i * step];
      transformLine(values, out, centres, begins);
      for (int i = 0; i < length; ++i) first[i * step] = out[i];
    }
  };
  along(width, height, 1, width);
  along(height, width, width, 1);
  return squared;
}

// From every pixel of `from` to the nearest of the other border, in px.
std::vector<double> gaps(const Border& from, const std::vector<double>& squaredToOther) {
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

BoundaryScores scoreClass(const Border& truth, const Border& prediction, int width, int height,
                          double tolerancePx) {
  BoundaryScores scores;
  if (truth.pixels == 0 && prediction.pixels == 0) return scores;
  if (truth.pixels == 0 || prediction.pixels == 0) {
    scores.precision = scores.recall = scores.f1 = 0;
    return scores;
  }
  const std::vector<double> missed = gaps(truth, distancesTo(prediction, width, height));
  const std::vector<double> strayed = gaps(prediction, distancesTo(truth, width, height));
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
