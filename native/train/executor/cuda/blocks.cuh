// What kernels share: a block's threads, values read together, sums over a block.
//
// Plain CUDA C++ without CUDA's headers, so that tests run kernels on a CPU (kernels_on_cpu.h).
#pragma once

namespace limbus::cuda_blocks {
// Of each file that includes this one, as kernels are.
namespace {

constexpr int kThreads = 256;  // of a block

// Read and written at once: where they begin a multiple of their size.
template <int kWide>
struct alignas(kWide * sizeof(float)) Values {
  float at[kWide];
};

template <int kWide>
__device__ Values<kWide> load(const float* from) {
  return *reinterpret_cast<const Values<kWide>*>(from);
}

// The sums of a block's threads: to[s] is that of own[s] of all, summed up in one order.
template <int kSums>
__device__ void storeSums(const float (&own)[kSums], float* to) {
  __shared__ float all[kSums][kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  for (int s = 0; s < kSums; ++s) all[s][thread] = own[s];
  for (int half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread >= half) continue;
    for (int s = 0; s < kSums; ++s) all[s][thread] += all[s][thread + half];
  }
  if (thread > 0) return;
  for (int s = 0; s < kSums; ++s) to[s] = all[s][0];
}

}  // namespace
}  // namespace limbus::cuda_blocks
