// The machine's memory.
#pragma once

#include <cstdint>

namespace limbus {

// What processes here can still take without swapping: of the machine, or of the control group
// (container, Slurm job) where that has less. 0: unknown.
std::int64_t freeMemoryBytes();

}  // namespace limbus
