#include "native/data/statistics.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "native/data/class_shares.h"
#include "native/system/parallel_for.h"
#include "shared/class_colours.h"

namespace limbus {
namespace {

// Of one image; sums of 8-bit values are exact.
struct Sums {
  std::array<std::uint64_t, 3> values{}, squares{};
  std::array<std::int64_t, 256> labels{};
};

Sums sumsOf(const Sample& sample) {
  Sums sums;
  const int channels = sample.image.channels;
  const std::size_t pixels = sample.image.pixels.size() / static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::uint64_t v = sample.image.pixels[i * channels + (channels == 3 ? c : 0)];
      sums.values[c] += v;
      sums.squares[c] += v * v;
    }
  }
  for (const std::uint8_t label : sample.mask.pixels) ++sums.labels[label];
  return sums;
}

class Collector {
 public:
  void add(const Sample& sample, const Sums& sums) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++statistics.images;
    ++statistics.sizes[{sample.image.width, sample.image.height}];
    if (sample.image.channels == 3) ++statistics.colourImages;
    pixels_ += static_cast<std::uint64_t>(sample.image.width) * sample.image.height;
    for (std::size_t c = 0; c < 3; ++c) {
      values_[c] += sums.values[c];
      squares_[c] += sums.squares[c];
    }
    if (sample.mask.pixels.empty()) return;
    ++statistics.labelled;
    const std::int64_t valid =
        static_cast<std::int64_t>(sample.mask.pixels.size()) - sums.labels[kVoidLabel];
    statistics.voidPixels += sums.labels[kVoidLabel];
    statistics.labelledPixels += valid;
    for (std::size_t label = 0; label < kVoidLabel; ++label) {
      if (sums.labels[label] == 0) continue;
      if (statistics.classes.size() <= label) statistics.classes.resize(label + 1);
      ClassStatistics& one = statistics.classes[label];
      one.pixels += sums.labels[label];
      one.imagePixels += valid;
      ++one.images;
    }
  }

  void finish(const std::vector<ClassSpec>& classes) {
    const double count = std::max(1.0, static_cast<double>(pixels_));
    for (std::size_t c = 0; c < 3; ++c) {
      const double mean = static_cast<double>(values_[c]) / count;
      const double square = static_cast<double>(squares_[c]) / count;
      statistics.mean[c] = mean / 255;
      statistics.deviation[c] = std::sqrt(std::max(0.0, square - mean * mean)) / 255;
    }
    statistics.classes.resize(std::max(statistics.classes.size(), classes.size()));
    for (std::size_t i = 0; i < statistics.classes.size(); ++i) {
      const bool known = i < classes.size();
      statistics.classes[i].name = known ? classes[i].name : std::to_string(i);
      statistics.classes[i].colour = known ? classes[i].colour : classColour(i);
    }
  }

  DatasetStatistics statistics;

 private:
  std::mutex mutex_;
  std::uint64_t pixels_ = 0;
  std::array<std::uint64_t, 3> values_{}, squares_{};
};

}  // namespace

Result<DatasetStatistics> statisticsOf(const std::vector<const Dataset*>& parts,
                                       const std::function<void()>& read) {
  Collector all;
  std::vector<ClassSpec> classes;
  for (const Dataset* part : parts) {
    if (classes.empty()) classes = part->classes();
    const ParallelOptions options{.task = "reading images", .threads = std::min(coreCount(), 8)};
    Result<void> done = parallelFor(part->size(), options, [&](std::size_t i) -> Result<void> {
      const Result<Sample> sample = part->get(i, 0);
      if (!sample) return fail(sample.error());
      all.add(*sample, sumsOf(*sample));
      if (read) read();
      return {};
    });
    if (!done) return fail(done.error());
  }
  all.finish(classes);
  return all.statistics;
}

std::vector<double> classWeights(const DatasetStatistics& statistics, ClassWeights kind) {
  std::vector<double> frequencies;  // in the images that hold the class, of those that there are
  for (const ClassStatistics& one : statistics.classes) {
    if (one.pixels > 0) frequencies.push_back(shareIn(one.pixels, one.imagePixels));
  }
  std::sort(frequencies.begin(), frequencies.end());
  const std::size_t middle = frequencies.size() / 2;
  double median = frequencies.empty() ? 0 : frequencies[middle];
  if (frequencies.size() % 2 == 0 && middle > 0) median = (median + frequencies[middle - 1]) / 2;
  std::vector<double> weights;
  for (const ClassStatistics& one : statistics.classes) {
    const double share = shareIn(one.pixels, statistics.labelledPixels);
    double weight = 0;
    if (one.pixels > 0 && kind == ClassWeights::inverseFrequency) {
      weight = 1 / (static_cast<double>(frequencies.size()) * share);
    } else if (one.pixels > 0 && kind == ClassWeights::medianFrequency) {
      weight = median / shareIn(one.pixels, one.imagePixels);
    } else if (one.pixels > 0) {
      weight = 1 / std::log(1.02 + share);
    }
    weights.push_back(weight);
  }
  return weights;
}

}  // namespace limbus
