// The device by name, chosen in one place for training and inference.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "shared/result.h"

namespace limbus {

// auto (the first CUDA device if there is one, else the CPU) | cpu | cuda | cuda:N.
// CUDA asked for where there is none is an error, never a silent fall back. Work on
// the CPU takes the cores that this process may use from here on, unless the environment sets
// OMP_NUM_THREADS, and freed memory is kept for the next tensors. `local`: which one asks, from 0,
// of the `localSize` processes that train together on this machine: auto and cuda give each a GPU
// of its own, and they share the cores.
Result<torch::Device> chooseDevice(const std::string& name, int local = 0, int localSize = 1);

// How many GPUs a device of this name may be: all of the machine for auto and cuda, else none.
int gpusToChoose(const std::string& name);

// The most that tensors took of a CUDA device at one time so far; of a CPU: the whole process.
std::int64_t peakBytes(torch::Device device);

// Until all that was sent to it is done; a CPU has nothing that waits.
void waitFor(torch::Device device);

// What is free of its memory, or of the machine's for a CPU; 0: unknown.
std::int64_t freeBytes(torch::Device device);

// For the process, before its first work on CUDA: the same sums in the same order in every run on
// one device. Operations that cannot be had so throw c10::Error.
void useDeterministicAlgorithms();

}  // namespace limbus
