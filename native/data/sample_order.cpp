#include "native/data/sample_order.h"

#include <algorithm>
#include <numeric>

#include "shared/random.h"

namespace limbus {

SampleOrder::SampleOrder(std::size_t datasetSize, const LoaderOptions& options)
    : datasetSize_(datasetSize),
      batch_(static_cast<std::size_t>(std::max(1, options.batch))),
      share_(static_cast<std::size_t>(options.share)),
      shares_(static_cast<std::size_t>(std::max(1, options.shares))),
      seed_(options.seed),
      shuffle_(options.shuffle) {
  const std::size_t round = batch_ * shares_;  // a batch for each
  samples_ = datasetSize / round * batch_;
  if (options.dropLast) return;
  const std::size_t rest = datasetSize % round, before = share_ * batch_;
  samples_ += std::min(batch_, rest - std::min(rest, before));
}

void SampleOrder::start(std::uint32_t epoch) {
  std::vector<int> all(datasetSize_);
  if (shuffle_) {
    Random random(seed_, epoch, 0, Purpose::shuffle);
    all = permutation(static_cast<int>(datasetSize_), random);
  } else {
    std::iota(all.begin(), all.end(), 0);
  }
  if (shares_ == 1) {
    order_ = std::move(all);
    return;
  }
  order_.clear();
  for (std::size_t i = 0; i < samples_; ++i) {
    order_.push_back(all[(i / batch_ * shares_ + share_) * batch_ + i % batch_]);
  }
}

std::size_t SampleOrder::samplesIn(std::size_t batch) const {
  return std::min(batch_, samples_ - batch * batch_);
}

}  // namespace limbus
