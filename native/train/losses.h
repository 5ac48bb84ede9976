// Losses by name. One file each in losses/, one row in losses.cpp. A recipe names a weighted sum of
// rows (loss_terms.h).
//
// Every loss takes raw logits [N,K,H,W] and a target [N,H,W] (int64), in which 255 is void: such
// pixels take no part. A class that is absent, or a batch without any valid pixel, gives a finite
// value and finite gradients.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "native/train/loss_terms.h"
#include "shared/image.h"
#include "shared/options/options.h"

namespace limbus {

struct LossRow {
  const char* name;
  const char* summary;
  Options options;
  torch::Tensor (*compute)(const torch::Tensor& logits, const torch::Tensor& target,
                           const Options& options);
  bool detaches;  // part of it is a constant for the gradient, by design
};

const std::vector<LossRow>& losses();

// The sum of the terms.
torch::Tensor lossOf(const LossTerms& loss, const torch::Tensor& logits,
                     const torch::Tensor& target);

}  // namespace limbus
