// Loops of our own on LibTorch's CPU threads.
#pragma once

#include <cstdint>
#include <functional>

namespace limbus {

// work(first, end) for parts of [0, count) that lie side by side, of `grain` and more each where
// there are several, by the threads that LibTorch's operations use. at::parallel_for, a template,
// takes one thread alone in a program that is compiled without the OpenMP of LibTorch's build.
void onTorchThreads(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& work);

}  // namespace limbus
