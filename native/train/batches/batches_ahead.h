// Batches of another source, made on a thread of its own while the step computes: on a CUDA device
// on a stream of their own too, so that neither the processor's launches nor the device's work for
// the next batch are waited for. Where no thread is to be had they are made as they are asked for.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "native/train/batches/batch_source.h"

namespace limbus {

class BatchesAhead : public BatchSource {
 public:
  // `source` makes its batches on `device`, and no random numbers of LibTorch's.
  BatchesAhead(std::unique_ptr<BatchSource> source, torch::Device device);
  ~BatchesAhead() override;

  void start(std::uint32_t epoch, std::int64_t firstBatch) override;
  Result<std::optional<DeviceBatch>> next() override;
  std::int64_t batchesPerEpoch() const override;
  LoaderTimes times() const override;  // waited for: until a batch's work was sent to the device

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace limbus
