// Which samples the batches of an epoch are made of: by (seed, epoch) alone, and of several sources
// that share the samples, those of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "native/data/loader.h"

namespace limbus {

class SampleOrder {
 public:
  // Of the options `batch`, `share`, `shares`, `seed`, `shuffle` and `dropLast`.
  SampleOrder(std::size_t datasetSize, const LoaderOptions& options);

  void start(std::uint32_t epoch);

  std::size_t batches() const { return (samples_ + batch_ - 1) / batch_; }
  std::size_t samples() const { return samples_; }  // of this epoch; dropLast may leave some out
  std::size_t batchOf(std::size_t position) const { return position / batch_; }
  std::size_t firstOf(std::size_t batch) const { return batch * batch_; }
  std::size_t samplesIn(std::size_t batch) const;
  // The data set's index of a sample of this epoch, from position 0 to samples() - 1.
  std::size_t at(std::size_t position) const { return static_cast<std::size_t>(order_[position]); }
  bool started() const { return !order_.empty(); }

 private:
  std::size_t datasetSize_, batch_, share_, shares_;
  std::uint64_t seed_;
  bool shuffle_;
  std::size_t samples_ = 0;
  std::vector<int> order_;
};

}  // namespace limbus
