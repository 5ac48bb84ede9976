// Operations in 16 bits where that gains something.
#pragma once

#include <torch/torch.h>

#include "native/train/precision.h"

namespace limbus {

// While it lives, this thread's operations run in mixed precision, if `precision` is a mixed one.
class MixedPrecision {
 public:
  MixedPrecision(Precision precision, torch::DeviceType device);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  bool mixed_;
  torch::DeviceType device_;
};

}  // namespace limbus
