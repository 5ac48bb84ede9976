// Pixels counted by truth and prediction, on the device that they are on.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "native/train/ranks/ranks.h"
#include "shared/metrics/metrics.h"

namespace limbus {

// Of each image of a batch, in order. `logits` [N,K,H,W], `target` [N,H,W] with kVoidLabel; waits
// for the device.
std::vector<ConfusionMatrix> countByImage(const torch::Tensor& logits, const torch::Tensor& target);

// Room for a running count of so many classes: [K * K + 1] int64, what is void last.
torch::Tensor pixelCounts(int classes, torch::Device device);
// Adds a batch to it without waiting for the device, so that a CUDA graph can hold it.
void addPixels(const torch::Tensor& counts, const torch::Tensor& logits,
               const torch::Tensor& target);
ConfusionMatrix matrixOf(const torch::Tensor& counts);
void setPixels(const torch::Tensor& counts, const ConfusionMatrix& matrix);

// K * K numbers, row by row, and back.
std::vector<std::int64_t> cellsOf(const ConfusionMatrix& matrix);
ConfusionMatrix matrixOf(const std::vector<std::int64_t>& cells);

// Those of all ranks, in their order.
std::vector<ConfusionMatrix> fromAllRanks(const Ranks& ranks,
                                          const std::vector<ConfusionMatrix>& own, int classes);

}  // namespace limbus
