#include "native/train/batches/unlabelled_source.h"

#include <algorithm>

namespace limbus {
namespace {

class WithUnlabelled : public BatchSource {
 public:
  WithUnlabelled(std::unique_ptr<BatchSource> labelled, std::unique_ptr<BatchSource> seen,
                 std::unique_ptr<BatchSource> plain)
      : labelled_(std::move(labelled)), seen_(std::move(seen)), plain_(std::move(plain)) {}

  void start(std::uint32_t epoch, std::int64_t firstBatch) override {
    labelled_->start(epoch, firstBatch);
    const std::int64_t before = epoch * labelled_->batchesPerEpoch() + firstBatch;
    const std::int64_t whole = std::max<std::int64_t>(1, seen_->batchesPerEpoch());
    startUnlabelled(static_cast<std::uint32_t>(before / whole), before % whole);
  }

  Result<std::optional<DeviceBatch>> next() override {
    Result<std::optional<DeviceBatch>> batch = labelled_->next();
    if (!batch || !*batch) return batch;
    Result<std::optional<DeviceBatch>> seen = seen_->next();
    if (seen && !*seen) {
      startUnlabelled(round_ + 1, 0);
      seen = seen_->next();
    }
    if (!seen) return fail(seen.error());
    const Result<std::optional<DeviceBatch>> plain = plain_->next();
    if (!plain) return fail(plain.error());
    if (!*seen || !*plain) {
      return fail(ErrorCode::badData, "the unlabelled images give no batch");
    }
    (*batch)->unlabelled = (*seen)->images;
    (*batch)->unlabelledPlain = (*plain)->images;
    (*batch)->ids.insert((*batch)->ids.end(), (*seen)->ids.begin(), (*seen)->ids.end());
    return batch;
  }

  std::int64_t batchesPerEpoch() const override { return labelled_->batchesPerEpoch(); }
  LoaderTimes times() const override { return labelled_->times(); }

 private:
  void startUnlabelled(std::uint32_t round, std::int64_t first) {
    round_ = round;
    seen_->start(round, first);
    plain_->start(round, first);
  }

  std::unique_ptr<BatchSource> labelled_, seen_, plain_;
  std::uint32_t round_ = 0;  // through the unlabelled images
};

}  // namespace

std::unique_ptr<BatchSource> withUnlabelled(std::unique_ptr<BatchSource> labelled,
                                            std::unique_ptr<BatchSource> seen,
                                            std::unique_ptr<BatchSource> plain) {
  return std::make_unique<WithUnlabelled>(std::move(labelled), std::move(seen), std::move(plain));
}

}  // namespace limbus
