#include "native/data/class_shares.h"

#include <algorithm>
#include <mutex>

#include "native/system/parallel_for.h"

namespace limbus {

Result<std::vector<double>> classShares(const Dataset& dataset, int classes, int threads) {
  const std::size_t counted = std::min(dataset.size(), kCountedImages);
  std::vector<std::int64_t> pixels(static_cast<std::size_t>(classes), 0);
  std::mutex mutex;
  const Result<void> read = parallelFor(
      counted, {.task = "counting classes", .threads = std::max(1, threads)}, [&](std::size_t i) {
        const Result<Sample> sample = dataset.get(i * dataset.size() / counted, 0);
        if (!sample) return Result<void>(fail(sample.error()));
        std::vector<std::int64_t> own(256, 0);
        for (const std::uint8_t label : sample->mask.pixels) ++own[label];
        const std::lock_guard<std::mutex> lock(mutex);
        for (std::size_t k = 0; k < pixels.size(); ++k) pixels[k] += own[k];
        return Result<void>();
      });
  if (!read) return fail(read.error());
  std::int64_t whole = 0;
  for (const std::int64_t count : pixels) whole += count;
  std::vector<double> shares;
  for (const std::int64_t count : pixels) {
    shares.push_back(whole == 0 ? 0 : static_cast<double>(count) / static_cast<double>(whole));
  }
  return shares;
}

}  // namespace limbus
