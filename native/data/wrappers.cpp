#include "native/data/wrappers.h"

#include <algorithm>
#include <mutex>
#include <string>

namespace limbus {
namespace {

class Subset : public Dataset {
 public:
  Subset(std::unique_ptr<Dataset> whole, std::vector<std::size_t> indices)
      : whole_(std::move(whole)), indices_(std::move(indices)) {}
  std::size_t size() const override { return indices_.size(); }
  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    const std::size_t at = indices_[index];
    if (at >= whole_->size()) {
      return fail(ErrorCode::badArgument, "a subset names sample " + std::to_string(at) + " of " +
                                              std::to_string(whole_->size()));
    }
    return whole_->get(at, epoch);
  }
  bool fresh() const override { return whole_->fresh(); }
  SampleFacts facts(std::size_t index) const override { return whole_->facts(indices_[index]); }
  std::vector<ClassSpec> classes() const override { return whole_->classes(); }

 private:
  std::unique_ptr<Dataset> whole_;
  std::vector<std::size_t> indices_;
};

class Concatenation : public Dataset {
 public:
  explicit Concatenation(std::vector<std::unique_ptr<Dataset>> parts) : parts_(std::move(parts)) {
    for (const std::unique_ptr<Dataset>& part : parts_) ends_.push_back(size() + part->size());
  }
  std::size_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    const auto [part, at] = placeOf(index);
    return part->get(at, epoch);
  }
  bool fresh() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const auto& part) { return part->fresh(); });
  }
  SampleFacts facts(std::size_t index) const override {
    const auto [part, at] = placeOf(index);
    return part->facts(at);
  }
  std::vector<ClassSpec> classes() const override {
    return parts_.empty() ? std::vector<ClassSpec>() : parts_.front()->classes();
  }

 private:
  std::pair<const Dataset*, std::size_t> placeOf(std::size_t index) const {
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), index);
    const std::size_t part = static_cast<std::size_t>(end - ends_.begin());
    return {parts_[part].get(), index - (part == 0 ? 0 : ends_[part - 1])};
  }

  std::vector<std::unique_ptr<Dataset>> parts_;
  std::vector<std::size_t> ends_;  // the index after each part's last
};

class Cached : public Dataset {
 public:
  Cached(std::unique_ptr<Dataset> source, CacheRoom room)
      : source_(std::move(source)), room_(std::move(room)), kept_(source_->size()) {}
  std::size_t size() const override { return source_->size(); }

  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    if (const std::shared_ptr<const Sample> kept = find(index)) return *kept;
    Result<Sample> sample = source_->get(index, epoch);
    if (sample) keep(index, *sample);
    return sample;
  }
  bool fresh() const override { return source_->fresh(); }
  SampleFacts facts(std::size_t index) const override { return source_->facts(index); }
  std::vector<ClassSpec> classes() const override { return source_->classes(); }

 private:
  std::shared_ptr<const Sample> find(std::size_t index) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return kept_[index];
  }

  void keep(std::size_t index, const Sample& sample) const {
    const auto bytes =
        static_cast<std::int64_t>(sample.image.pixels.size() + sample.mask.pixels.size());
    if (room_->fetch_sub(bytes) < bytes) {
      room_->fetch_add(bytes);
      return;
    }
    auto copy = std::make_shared<const Sample>(sample);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kept_[index] == nullptr) {
      kept_[index] = std::move(copy);
    } else {
      room_->fetch_add(bytes);  // another thread was faster
    }
  }

  std::unique_ptr<Dataset> source_;
  CacheRoom room_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const Sample>> kept_;
};

}  // namespace

std::unique_ptr<Dataset> subset(std::unique_ptr<Dataset> whole, std::vector<std::size_t> indices) {
  return std::make_unique<Subset>(std::move(whole), std::move(indices));
}

std::vector<std::size_t> foldIndices(std::size_t count, Fold fold, bool heldOut) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < count; ++i) {
    if ((i % fold.folds == fold.held) == heldOut) indices.push_back(i);
  }
  return indices;
}

std::unique_ptr<Dataset> concatenation(std::vector<std::unique_ptr<Dataset>> parts) {
  return std::make_unique<Concatenation>(std::move(parts));
}

CacheRoom cacheRoom(std::int64_t bytes) {
  return std::make_shared<std::atomic<std::int64_t>>(bytes);
}

std::unique_ptr<Dataset> cached(std::unique_ptr<Dataset> source, CacheRoom room) {
  if (source->fresh()) return source;
  return std::make_unique<Cached>(std::move(source), std::move(room));
}

}  // namespace limbus
