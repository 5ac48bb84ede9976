// In what numbers a network computes while it trains. Weights, their gradients and averages, losses
// and the validation are float32 whatever is chosen.
#pragma once

#include <vector>

#include "shared/options/options.h"

namespace limbus {

enum class Precision {
  float32,   // to the last bit of it
  tf32,      // on CUDA convolutions and products round their factors to 10 bits, as PyTorch's
             // convolutions do; on a CPU the same as float32
  bfloat16,  // mixed precision: what gains from it in 16 bits, the rest in float32
  float16,   // likewise, CUDA only, with a scale of the loss that keeps small gradients above 0
};

const std::vector<EnumName<Precision>>& precisions();

// For the process: whether CUDA's libraries may round to TF32. The mixed ones may too.
void allowPrecision(Precision precision);

}  // namespace limbus
