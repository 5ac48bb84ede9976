// What every Op computes and what its gradients are, in plain loops and double precision: the
// other side of self_check.h. One row per Op, as in executor_ops.h; a test fails if one is missing.
#pragma once

#include <vector>

#include "shared/ops/ops.h"

namespace limbus {

// A tensor of any shape with the gradient of what the reference is asked for.
struct Cells {
  Dims shape;
  std::vector<double> value, gradient;
};

// The row fills `output.value` (of the first output; indices show in its gradients) and adds to the
// gradients of inputs and parameters, for the given output channels of every image.
// `output.gradient` is given and zero in all other channels. Running statistics of a batch norm are
// brought up to date in place.
struct ReferenceCall {
  NodeView view;
  std::vector<Cells>& inputs;      // [N,C,H,W]; indices as whole numbers
  std::vector<Cells>& parameters;  // in the order of the op's row in ops/ops.h
  Cells& output;                   // [N,C,H,W]
  const std::vector<std::int64_t>& channels;
  const std::vector<double>& observed;  // the output under test: what a dropout dropped
  bool training;
};

struct OpReference {
  Op op;
  void (*run)(const ReferenceCall& call);
  bool readsMode = false;  // does other things in training
};

const std::vector<OpReference>& opReferences();
const OpReference* opReference(Op op);  // null: none

}  // namespace limbus
