#include "native/data/class_shares.h"

#include <algorithm>
#include <mutex>
#include <numeric>

#include "native/system/parallel_for.h"

namespace limbus {

Result<ClassShares> classShares(const Dataset& dataset, int classes, int threads) {
  const std::size_t counted = std::min(dataset.size(), kCountedImages);
  const auto count = static_cast<std::size_t>(classes);
  std::vector<std::int64_t> pixels(count, 0), around(count, 0);  // of images that hold the class
  std::mutex mutex;
  const Result<void> read = parallelFor(
      counted, {.task = "counting classes", .threads = std::max(1, threads)}, [&](std::size_t i) {
        const Result<Sample> sample = dataset.get(i * dataset.size() / counted, 0);
        if (!sample) return Result<void>(fail(sample.error()));
        std::vector<std::int64_t> own(256, 0);
        for (const std::uint8_t label : sample->mask.pixels) ++own[label];
        own.resize(count);
        const std::int64_t labelled = std::accumulate(own.begin(), own.end(), std::int64_t{0});
        const std::lock_guard<std::mutex> lock(mutex);
        for (std::size_t k = 0; k < count; ++k) {
          pixels[k] += own[k];
          if (own[k] > 0) around[k] += labelled;
        }
        return Result<void>();
      });
  if (!read) return fail(read.error());
  const std::int64_t whole = std::accumulate(pixels.begin(), pixels.end(), std::int64_t{0});
  ClassShares shares;
  for (std::size_t k = 0; k < count; ++k) {
    shares.all.push_back(shareIn(pixels[k], whole));
    shares.held.push_back(shareIn(pixels[k], around[k]));
  }
  return shares;
}

}  // namespace limbus
