// Loops of our own on LibTorch's CPU threads.
#pragma once

#include <cstdint>
#include <functional>

namespace limbus {

// one(i) for each i of [0, count), by the threads that LibTorch's operations use: each takes some
// that lie side by side, as many as are worth a thread where one costs as much as `values` floats
// that are read, used a few times and written. at::parallel_for, a template, takes one thread alone
// in a program that is compiled without the OpenMP of LibTorch's build.
void eachOnTorchThreads(std::int64_t count, std::int64_t values,
                        const std::function<void(std::int64_t)>& one);

}  // namespace limbus
