#include "native/data/wrappers.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>

#include "shared/class_colours.h"
#include "shared/options/rows.h"

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
  LabelSet labels() const override { return whole_->labels(); }

 private:
  std::unique_ptr<Dataset> whole_;
  std::vector<std::size_t> indices_;
};

// With the same masks in other numbers.
class Renumbered : public Dataset {
 public:
  Renumbered(std::unique_ptr<Dataset> source, std::vector<ClassSpec> classes,
             const std::array<std::uint8_t, 256>& labels)
      : source_(std::move(source)), classes_(std::move(classes)), labels_(labels) {}
  std::size_t size() const override { return source_->size(); }
  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    Result<Sample> sample = source_->get(index, epoch);
    if (!sample) return sample;
    for (std::uint8_t& label : sample->mask.pixels) label = labels_[label];
    return sample;
  }
  bool fresh() const override { return source_->fresh(); }
  SampleFacts facts(std::size_t index) const override { return source_->facts(index); }
  std::vector<ClassSpec> classes() const override { return classes_; }
  bool divided() const override { return source_->divided(); }

 private:
  std::unique_ptr<Dataset> source_;
  std::vector<ClassSpec> classes_;
  std::array<std::uint8_t, 256> labels_;
};

std::size_t classPlace(const std::vector<ClassSpec>& classes, const std::string& name) {
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const ClassSpec& one) { return one.name == name; });
  return static_cast<std::size_t>(found - classes.begin());
}

// Adds what it lacks; colours of a place in a list are new where they are taken.
void addMissing(const std::vector<ClassSpec>& more, std::vector<ClassSpec>& classes) {
  for (ClassSpec one : more) {
    if (classPlace(classes, one.name) < classes.size()) continue;
    const bool taken = std::any_of(classes.begin(), classes.end(),
                                   [&](const ClassSpec& c) { return c.colour == one.colour; });
    if (taken) one.colour = classColour(classes.size());
    classes.push_back(std::move(one));
  }
}

bool hasMasks(const Dataset& part) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (!part.facts(i).mask.empty()) return true;
  }
  return false;
}

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
  LabelSet labels() const override {
    LabelSet all;
    for (const std::unique_ptr<Dataset>& part : parts_) all |= part->labels();
    return all;
  }
  void cacheParts(const CacheRoom& room) {
    for (std::unique_ptr<Dataset>& part : parts_) part = cached(std::move(part), room);
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
  LabelSet labels() const override { return source_->labels(); }

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

Result<void> uniteClasses(std::vector<std::unique_ptr<Dataset>>& parts) {
  std::vector<ClassSpec> all;
  for (const std::unique_ptr<Dataset>& part : parts) addMissing(part->classes(), all);
  bool differ = false;
  for (const std::unique_ptr<Dataset>& part : parts) {
    const std::vector<ClassSpec> own = part->classes();
    differ = differ || namesOf(own) != namesOf(all);
    if (own.empty() && !all.empty() && hasMasks(*part)) {
      return fail(ErrorCode::badData,
                  "masks of one split are of colours or names, of another of numbers");
    }
  }
  if (!differ) return {};
  if (all.size() > kMostClasses) {
    return fail(ErrorCode::badData, "all splits together have " + std::to_string(all.size()) +
                                        " classes; masks hold at most " +
                                        std::to_string(kMostClasses));
  }
  for (std::unique_ptr<Dataset>& part : parts) {
    std::array<std::uint8_t, 256> labels;
    labels.fill(kVoidLabel);
    const std::vector<ClassSpec> own = part->classes();
    for (std::size_t i = 0; i < own.size(); ++i) {
      labels[i] = static_cast<std::uint8_t>(classPlace(all, own[i].name));
    }
    part = std::make_unique<Renumbered>(std::move(part), all, labels);
  }
  return {};
}

CacheRoom cacheRoom(std::int64_t bytes) {
  return std::make_shared<std::atomic<std::int64_t>>(bytes);
}

std::unique_ptr<Dataset> cached(std::unique_ptr<Dataset> source, CacheRoom room) {
  if (auto* const parts = dynamic_cast<Concatenation*>(source.get())) {
    parts->cacheParts(room);
    return source;
  }
  if (source->fresh() || dynamic_cast<const Cached*>(source.get()) != nullptr) return source;
  return std::make_unique<Cached>(std::move(source), std::move(room));
}

}  // namespace limbus
