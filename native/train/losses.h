// Losses by name. One file each in losses/, one row in losses.cpp.
//
// A recipe names a weighted sum of rows: term ('+' term)*, term = name ['/' number | '*' number]:
// "ce", "dice+focal/10", "ce*0.5+dice". An option goes to every term that knows it.
//
// Every loss takes raw logits [N,K,H,W] and a target [N,H,W] (int64), in which 255 is void: such
// pixels take no part. A class that is absent, or a batch without any valid pixel, gives a finite
// value and finite gradients.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/options.h"
#include "shared/result.h"

namespace limbus {

struct LossRow {
  const char* name;
  const char* summary;
  std::vector<OptionRow> options;
  torch::Tensor (*compute)(const torch::Tensor& logits, const torch::Tensor& target,
                           const OptionValues& complete);
  bool detaches;  // part of it is a constant for the gradient, by design
};

const std::vector<LossRow>& losses();

struct LossTerm {
  const LossRow* row = nullptr;
  double weight = 1;
  OptionValues options;  // complete
};

struct Loss {
  std::vector<LossTerm> terms;

  torch::Tensor operator()(const torch::Tensor& logits, const torch::Tensor& target) const;
};

Result<Loss> makeLoss(const NamedOptions& named);

}  // namespace limbus
