// Where a training step's batches come from: the loader's workers, or whatever makes them on the
// device itself.
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "native/data/loader.h"
#include "shared/result.h"

namespace limbus {

// On the device that trains.
struct DeviceBatch {
  torch::Tensor images;  // [N,C,H,W] float
  torch::Tensor target;  // [N,H,W] int64, kVoidLabel is void
  torch::Tensor distances =
      {};                    // [N,K,H,W] float, undefined where no loss needs them (mask_maps.h)
  torch::Tensor edges = {};  // [N,H,W] bool, likewise
  torch::Tensor gaps = {};   // [N,H,W] float, likewise
  torch::Tensor unlabelled = {};       // [M,C,H,W], for a mean teacher (unlabelled_source.h)
  torch::Tensor unlabelledPlain = {};  // the same images as the teacher sees them
  std::vector<std::string> ids = {};   // of the samples, where they are known
};

// A batch's tensors in one order, those that are undefined too.
template <class Batch>  // DeviceBatch, const or not
auto tensorsOf(Batch& batch) {
  return std::array{&batch.images, &batch.target,     &batch.distances,      &batch.edges,
                    &batch.gaps,   &batch.unlabelled, &batch.unlabelledPlain};
}

// What `change` makes of each tensor that is there; without ids.
template <class Change>
DeviceBatch changed(const DeviceBatch& batch, Change change) {
  DeviceBatch result;
  const auto from = tensorsOf(batch);
  const auto to = tensorsOf(result);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i]->defined()) *to[i] = change(*from[i]);
  }
  return result;
}

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual void start(std::uint32_t epoch, std::int64_t firstBatch) = 0;
  virtual Result<std::optional<DeviceBatch>> next() = 0;  // an empty optional ends the epoch
  virtual std::int64_t batchesPerEpoch() const = 0;
  virtual LoaderTimes times() const { return {}; }
};

// A loader's batches. On the CPU they stay where its workers put them; for CUDA the workers write
// into pinned memory, from which they are copied while the device computes.
class LoaderSource : public BatchSource {
 public:
  LoaderSource(const Dataset& dataset, const InputSpec& input,
               std::vector<Augmentation> augmentations, LoaderOptions options,
               torch::Device device);

  void start(std::uint32_t epoch, std::int64_t firstBatch) override {
    loader_.start(epoch, static_cast<std::size_t>(firstBatch));
  }
  Result<std::optional<DeviceBatch>> next() override;
  std::int64_t batchesPerEpoch() const override {
    return static_cast<std::int64_t>(loader_.batchesPerEpoch());
  }
  LoaderTimes times() const override { return loader_.times(); }

 private:
  torch::Device device_;
  Loader loader_;
};

}  // namespace limbus
