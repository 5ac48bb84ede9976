// Losses by name. One file each in losses/, one row in losses.cpp. A recipe names a weighted sum of
// rows (loss_terms.h).
//
// A loss sees raw logits [N,K,H,W] and a target [N,H,W] (int64), in which kVoidLabel is void: such
// pixels take no part. A class that is absent, or a batch without any valid pixel, gives a finite
// value and finite gradients.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <vector>

#include "native/data/mask_maps.h"
#include "native/train/loss_terms.h"
#include "native/train/recipe/border_rules.h"
#include "native/train/teacher.h"
#include "shared/image.h"
#include "shared/options/options.h"

namespace limbus {

// All that a loss may look at. Every row is asked once per head.
struct LossInput {
  std::vector<torch::Tensor> heads;  // [N,K,H,W] each, the main one first
  torch::Tensor target;              // [N,H,W]
  torch::Tensor distances = {};      // [N,K,H,W], where a row needs them (data/mask_maps.h)
  torch::Tensor edges = {};          // [N,H,W] bool, likewise
  torch::Tensor gaps = {};           // [N,H,W] px, likewise
  torch::Tensor teacher = {};        // [N,K,H,W] logits of another network, where there is one
  // [N,c,h,w] at some of the network's scales, and what the teacher's are like at the same ones
  // ([N,h,w], losses/attention.h), where a row needs them.
  std::vector<torch::Tensor> features = {}, attention = {};
  // [2,K] of the training pixels (data/class_shares.h: all, held), where a row needs them.
  torch::Tensor shares = {};
  std::int64_t step = 0;  // optimiser steps taken; in a recorded step, those when it was
  int epoch = 0;          // epochs finished
  std::size_t head = 0;   // the one that is asked about

  const torch::Tensor& logits() const { return heads[head]; }
};

struct LossRow {
  const char* name;
  const char* summary;
  Options options;
  torch::Tensor (*compute)(const LossInput& input, const Options& options);
  bool detaches = false;  // part of it is a constant for the gradient, by design
  MaskMapNeeds needs = {};
  bool needsShares = false;    // LossInput::shares
  bool needsTeacher = false;   // LossInput::teacher
  bool needsFeatures = false;  // LossInput::features and attention
};

const std::vector<LossRow>& losses();

// The sum of the terms at the main head, and at each other one times auxiliaryWeight (Zhao et al.,
// "Pyramid scene parsing network", 2017, has 0.4). The borders' head, the last one of a network in
// training that has it, learns by rules of its own.
struct Loss {
  LossTerms sum;
  double auxiliaryWeight = 0.4;
  torch::Tensor shares = {};  // [2,K]: what the terms are given as theirs
  std::shared_ptr<const Teacher> teacher = nullptr;
  std::optional<BorderRules> borders = {};

  MaskMapNeeds needs() const;
  bool needsShares() const;
  bool needsTeacher() const;
  bool needsFeatures() const;
  torch::Tensor operator()(LossInput input) const;
};

// Asks every term about a small batch of so many classes: options that do not fit them are told
// before training.
Result<void> checkLoss(const LossTerms& terms, int classes);

}  // namespace limbus
