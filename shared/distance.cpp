#include "shared/distance.h"

#include <algorithm>
#include <limits>

namespace limbus {
namespace {

constexpr double kFar = 1e20;  // squared: further than any image reaches

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

}  // namespace

std::vector<double> squaredDistances(std::span<const std::uint8_t> is, int width, int height) {
  std::vector<double> squared(is.size());
  std::transform(is.begin(), is.end(), squared.begin(),
                 [](std::uint8_t one) { return one != 0 ? 0.0 : kFar; });
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

}  // namespace limbus
