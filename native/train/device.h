// The device by name, chosen in one place for training and inference.
#pragma once

#include <torch/torch.h>

#include <string>

#include "shared/result.h"

namespace limbus {

// auto (the first CUDA device if there is one, else the CPU) | cpu | cuda | cuda:N.
// CUDA asked for where there is none is an error, never a silent fall back. Work on
// the CPU takes all cores from here on, unless the environment sets OMP_NUM_THREADS, and freed
// memory is kept for the next tensors.
Result<torch::Device> chooseDevice(const std::string& name);

// For the process, before its first work on CUDA: the same sums in the same order in every run on
// one device. Operations that cannot be had so throw c10::Error.
void useDeterministicAlgorithms();

}  // namespace limbus
