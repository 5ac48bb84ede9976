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
  std::size_t taps = 1;      // of every window; short ones are filled up with weights of 0
  std::vector<int> first;    // first source coordinate of the window
  std::vector<int> weights;  // [output][taps], in 1/kOne

  const int* window(int i) const { return weights.data() + static_cast<std::size_t>(i) * taps; }
};

// Windows while they are added, each as long as it needs to be. One for all: vectors are reused.
struct Windows {
  std::vector<int> first;
  std::vector<int> taps;
  std::vector<int> weights;     // of all windows, one behind the other
  std::vector<double> exact;    // of the next window
  std::vector<double> clamped;  // of the next window, inside the source
};

double cubicWeight(double distance) {
  constexpr double a = -0.75;
  const double t = std::fabs(distance);
  if (t <= 1.0) return ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
  if (t < 2.0) return ((a * t - 5.0 * a) * t + 8.0 * a) * t - 4.0 * a;
  return 0.0;
}

// Adds a window [first, first + exact.size()) that may reach over the edges: what lies outside
// counts for the edge pixel. The rounding error goes to the heaviest tap.
void addWindow(Windows& windows, int first, int sourceSize) {
  const int last = first + static_cast<int>(windows.exact.size()) - 1;
  const int low = std::clamp(first, 0, sourceSize - 1);
  const int high = std::clamp(last, 0, sourceSize - 1);
  const int taps = high - low + 1;
  windows.clamped.assign(static_cast<std::size_t>(taps), 0.0);
  for (std::size_t i = 0; i < windows.exact.size(); ++i) {
    windows.clamped[std::clamp(first + static_cast<int>(i), low, high) - low] += windows.exact[i];
  }
  int sum = 0;
  const std::size_t begin = windows.weights.size();
  std::size_t heaviest = begin;
  for (const double weight : windows.clamped) {
    const int rounded = static_cast<int>(std::floor(weight * kOne + 0.5));
    sum += rounded;
    windows.weights.push_back(rounded);
    if (rounded > windows.weights[heaviest]) heaviest = windows.weights.size() - 1;
  }
  windows.weights[heaviest] += kOne - sum;
  windows.first.push_back(low);
  windows.taps.push_back(taps);
}

void addArea(Windows& windows, double begin, double end, int sourceSize) {
  const int first = std::min(static_cast<int>(std::floor(begin)), sourceSize - 1);
  windows.exact.clear();
  for (int i = first; i < sourceSize && i < end; ++i) {
    const double covered = std::min(end, i + 1.0) - std::max(begin, static_cast<double>(i));
    windows.exact.push_back(std::max(covered, 0.0) / (end - begin));
  }
  addWindow(windows, first, sourceSize);
}

// All windows at one length; those at the end of the source reach further back for it.
Axis alignWindows(const Windows& windows, int sourceSize) {
  Axis axis;
  const int taps = *std::max_element(windows.taps.begin(), windows.taps.end());
  axis.taps = static_cast<std::size_t>(taps);
  axis.weights.resize(windows.first.size() * axis.taps);
  axis.first.resize(windows.first.size());
  const int* from = windows.weights.data();
  int* to = axis.weights.data();
  for (std::size_t i = 0; i < windows.first.size(); ++i, to += taps) {
    axis.first[i] = std::min(windows.first[i], sourceSize - taps);
    std::copy_n(from, windows.taps[i], to + windows.first[i] - axis.first[i]);
    from += windows.taps[i];
  }
  return axis;
}

Axis makeAxis(int sourceSize, int size, Interpolation interpolation) {
  Windows windows;
  const double scale = static_cast<double>(sourceSize) / size;
  for (int x = 0; x < size; ++x) {
    const double centre = (x + 0.5) * scale - 0.5;
    const int floorCentre = static_cast<int>(std::floor(centre));
    const double fraction = centre - floorCentre;
    if (interpolation == Interpolation::nearest) {
      windows.exact.assign(1, 1.0);
      addWindow(windows, static_cast<int>(std::floor((x + 0.5) * scale)), sourceSize);
    } else if (interpolation == Interpolation::cubic) {
      windows.exact.resize(4);
      for (int t = 0; t < 4; ++t) windows.exact[t] = cubicWeight(1.0 - t + fraction);
      addWindow(windows, floorCentre - 1, sourceSize);
    } else if (interpolation == Interpolation::area && scale > 1.0) {
      addArea(windows, x * scale, (x + 1) * scale, sourceSize);
    } else {
      windows.exact.resize(2);
      windows.exact[0] = 1.0 - fraction;
      windows.exact[1] = fraction;
      addWindow(windows, floorCentre, sourceSize);
    }
  }
  return alignWindows(windows, sourceSize);
}

// The source rows of one output row, weighted and summed, in 1/kOne.
void blendRows(ImageView source, const Axis& rows, int y, std::vector<int>& blended) {
  const int* weights = rows.window(y);
  const int first = rows.first[y];
  const std::size_t count = blended.size();
  int* to = blended.data();
  if (rows.taps == 2) {  // by far the most frequent
    const std::uint8_t* a = source.row(first);
    const std::uint8_t* b = source.row(first + 1);
    const int weightA = weights[0];
    const int weightB = weights[1];
    for (std::size_t i = 0; i < count; ++i) to[i] = weightA * a[i] + weightB * b[i];
    return;
  }
  std::fill(blended.begin(), blended.end(), 0);
  for (std::size_t t = 0; t < rows.taps; ++t) {
    const std::uint8_t* row = source.row(first + static_cast<int>(t));
    const int weight = weights[t];
    for (std::size_t i = 0; i < count; ++i) to[i] += weight * row[i];
  }
}

std::uint8_t roundLevel(int sum) {
  return static_cast<std::uint8_t>(
      std::clamp((sum + (1 << (2 * kWeightBits - 1))) >> (2 * kWeightBits), 0, 255));
}

// A blended row to one output row. Taps and channels are known to the compiler unless 0.
template <int kTaps, int kChannels>
void blendColumns(const std::vector<int>& blended, const Axis& columns, int channelCount,
                  std::uint8_t* to) {
  const int taps = kTaps > 0 ? kTaps : static_cast<int>(columns.taps);
  const int channels = kChannels > 0 ? kChannels : channelCount;
  const int* weights = columns.weights.data();
  for (const int first : columns.first) {
    const int* window = blended.data() + static_cast<std::size_t>(first) * channels;
    for (int c = 0; c < channels; ++c) {
      int sum = 0;
      for (int t = 0; t < taps; ++t) sum += weights[t] * window[t * channels + c];
      *to++ = roundLevel(sum);
    }
    weights += taps;
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
  // Sums of whole numbers may be taken in any order: rows first, which the compiler vectorises.
  std::vector<int> blended(static_cast<std::size_t>(source.width) * source.channels);
  const bool grey = source.channels == 1;
  const auto blend = grey && columns.taps == 2   ? blendColumns<2, 1>
                     : grey && columns.taps == 3 ? blendColumns<3, 1>
                     : grey && columns.taps == 4 ? blendColumns<4, 1>
                     : grey                      ? blendColumns<0, 1>
                                                 : blendColumns<0, 0>;
  for (int y = 0; y < height; ++y) {
    blendRows(source, rows, y, blended);
    blend(blended, columns, source.channels, out.row(y));
  }
  return out;
}

std::vector<int> resampleWeights(int sourceSize, int size, Interpolation interpolation) {
  const Axis axis = makeAxis(sourceSize, size, interpolation);
  const std::size_t width = static_cast<std::size_t>(sourceSize);
  std::vector<int> dense(static_cast<std::size_t>(size) * width);
  for (int i = 0; i < size; ++i) {
    std::copy_n(axis.window(i), axis.taps, dense.data() + i * width + axis.first[i]);
  }
  return dense;
}

}  // namespace limbus
