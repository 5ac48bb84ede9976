#include "shared/vision/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace limbus {
namespace {

constexpr int kWeightBits = 11;
constexpr int kOne = 1 << kWeightBits;

// For each output coordinate a window of source coordinates and its weights.
struct Axis {
  std::vector<int> first;    // first source coordinate of the window
  std::vector<int> offset;   // where its weights start
  std::vector<int> taps;     // how many
  std::vector<int> weights;  // in 1/kOne
};

double cubicWeight(double distance) {
  constexpr double a = -0.75;
  const double t = std::fabs(distance);
  if (t <= 1.0) return ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
  if (t < 2.0) return ((a * t - 5.0 * a) * t + 8.0 * a) * t - 4.0 * a;
  return 0.0;
}

// Adds a window [first, first + weights.size()) that may reach over the edges: what lies outside
// counts for the edge pixel. The rounding error goes to the heaviest tap.
void addWindow(Axis& axis, int first, const std::vector<double>& weights, int sourceSize) {
  const int last = first + static_cast<int>(weights.size()) - 1;
  const int low = std::clamp(first, 0, sourceSize - 1);
  const int high = std::clamp(last, 0, sourceSize - 1);
  std::vector<double> clamped(static_cast<std::size_t>(high - low + 1), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    clamped[std::clamp(first + static_cast<int>(i), low, high) - low] += weights[i];
  }
  int sum = 0;
  std::size_t heaviest = 0;
  std::vector<int> rounded(clamped.size());
  for (std::size_t i = 0; i < clamped.size(); ++i) {
    rounded[i] = static_cast<int>(std::floor(clamped[i] * kOne + 0.5));
    sum += rounded[i];
    if (rounded[i] > rounded[heaviest]) heaviest = i;
  }
  rounded[heaviest] += kOne - sum;
  axis.first.push_back(low);
  axis.offset.push_back(static_cast<int>(axis.weights.size()));
  axis.taps.push_back(static_cast<int>(rounded.size()));
  axis.weights.insert(axis.weights.end(), rounded.begin(), rounded.end());
}

void addArea(Axis& axis, double begin, double end, int sourceSize) {
  const int first = std::min(static_cast<int>(std::floor(begin)), sourceSize - 1);
  std::vector<double> weights;
  for (int i = first; i < sourceSize && i < end; ++i) {
    const double covered = std::min(end, i + 1.0) - std::max(begin, static_cast<double>(i));
    weights.push_back(std::max(covered, 0.0) / (end - begin));
  }
  addWindow(axis, first, weights, sourceSize);
}

Axis makeAxis(int sourceSize, int size, Interpolation interpolation) {
  Axis axis;
  const double scale = static_cast<double>(sourceSize) / size;
  for (int x = 0; x < size; ++x) {
    const double centre = (x + 0.5) * scale - 0.5;
    const int floorCentre = static_cast<int>(std::floor(centre));
    const double fraction = centre - floorCentre;
    if (interpolation == Interpolation::nearest) {
      addWindow(axis, static_cast<int>(std::floor((x + 0.5) * scale)), {1.0}, sourceSize);
    } else if (interpolation == Interpolation::cubic) {
      addWindow(axis, floorCentre - 1,
                {cubicWeight(1.0 + fraction), cubicWeight(fraction), cubicWeight(1.0 - fraction),
                 cubicWeight(2.0 - fraction)},
                sourceSize);
    } else if (interpolation == Interpolation::area && scale > 1.0) {
      addArea(axis, x * scale, (x + 1) * scale, sourceSize);
    } else {
      addWindow(axis, floorCentre, {1.0 - fraction, fraction}, sourceSize);
    }
  }
  return axis;
}

// One source row to `width` outputs in 1/kOne.
void expandRow(const std::uint8_t* source, const Axis& axis, int width, int channels, int* out) {
  for (int x = 0; x < width; ++x) {
    const int* weights = axis.weights.data() + axis.offset[x];
    const std::uint8_t* window = source + axis.first[x] * channels;
    const int taps = axis.taps[x];
    for (int c = 0; c < channels; ++c) {
      int sum = 0;
      for (int t = 0; t < taps; ++t) sum += weights[t] * window[t * channels + c];
      out[x * channels + c] = sum;
    }
  }
}

Image resampleNearest(ImageView source, int width, int height) {
  Image out(width, height, source.channels);
  const std::size_t channels = static_cast<std::size_t>(source.channels);
  const Axis columns = makeAxis(source.width, width, Interpolation::nearest);
  const Axis rows = makeAxis(source.height, height, Interpolation::nearest);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = source.row(rows.first[y]);
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < width; ++x) {
      std::memcpy(to + x * channels, from + columns.first[x] * channels, channels);
    }
  }
  return out;
}

}  // namespace

Image resample(ImageView source, int width, int height, Interpolation interpolation) {
  if (interpolation == Interpolation::nearest) return resampleNearest(source, width, height);
  Image out(width, height, source.channels);
  const Axis columns = makeAxis(source.width, width, interpolation);
  const Axis rows = makeAxis(source.height, height, interpolation);
  const std::size_t rowSize = static_cast<std::size_t>(width) * source.channels;
  // The last expanded rows, found by their number: windows move downwards, and only the four of
  // cubic overlap by more than one row.
  const int ring = 4;
  std::vector<int> expanded(rowSize * ring);
  std::vector<int> held(static_cast<std::size_t>(ring), -1);
  std::vector<int> sums(rowSize);
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 1 << (2 * kWeightBits - 1));
    for (int t = 0; t < rows.taps[y]; ++t) {
      const int sourceY = rows.first[y] + t;
      int* row = expanded.data() + rowSize * (sourceY % ring);
      if (held[sourceY % ring] != sourceY) {
        expandRow(source.row(sourceY), columns, width, source.channels, row);
        held[sourceY % ring] = sourceY;
      }
      const int weight = rows.weights[rows.offset[y] + t];
      for (std::size_t i = 0; i < rowSize; ++i) sums[i] += weight * row[i];
    }
    std::uint8_t* to = out.row(y);
    for (std::size_t i = 0; i < rowSize; ++i) {
      to[i] = static_cast<std::uint8_t>(std::clamp(sums[i] >> (2 * kWeightBits), 0, 255));
    }
  }
  return out;
}

}  // namespace limbus
