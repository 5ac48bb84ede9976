// What kernels share: a block's threads, values read together, sums over a block.
//
// Plain CUDA C++ without CUDA's headers, so that tests run kernels on a CPU (kernels_on_cpu.h).
#pragma once

// Before a loop whose length is known, as its values then are registers; and before one of few
// rounds, where registers for several at once would only leave less room for threads.
#ifdef __CUDACC__
#define LIMBUS_UNROLL _Pragma("unroll")
#define LIMBUS_NO_UNROLL _Pragma("unroll 1")
#else
#define LIMBUS_UNROLL
#define LIMBUS_NO_UNROLL
#endif

namespace limbus::cuda_blocks {
// Of each file that includes this one, as kernels are.
namespace {

constexpr int kThreads = 256;  // of a block
constexpr int kWarp = 32;
constexpr unsigned kAllOfWarp = 0xffffffff;

// Read and written at once: where they begin a multiple of their size.
template <int kWide>
struct alignas(kWide * sizeof(float)) Values {
  float at[kWide];
};

template <int kWide>
__device__ Values<kWide> load(const float* from) {
  return *reinterpret_cast<const Values<kWide>*>(from);
}

// The sums of a block's threads: to[s] is that of own[s] of all, summed up in one order. Threads of
// a warp add up what they read of each other's registers.
template <int kSums>
__device__ void storeSums(const float (&own)[kSums], float* to) {
  __shared__ float ofWarps[kThreads / kWarp][kSums];
  const int thread = static_cast<int>(threadIdx.x);
  LIMBUS_UNROLL
  for (int s = 0; s < kSums; ++s) {
    float sum = own[s];
    LIMBUS_UNROLL
    for (int half = kWarp / 2; half > 0; half /= 2) sum += __shfl_down_sync(kAllOfWarp, sum, half);
    if (thread % kWarp == 0) ofWarps[thread / kWarp][s] = sum;
  }
  __syncthreads();
  if (thread >= kSums) return;
  float sum = 0;
  for (int w = 0; w < kThreads / kWarp; ++w) sum += ofWarps[w][thread];
  to[thread] = sum;
}

// What blocks stored, [gridDim.x][blocks][kSums], to [gridDim.x][kSums] in one order: the same bits
// in every run.
template <int kSums>
__global__ void sumBlocks(const float* sums, float* to, int blocks) {
  const float* from = sums + static_cast<long long>(blockIdx.x) * blocks * kSums;
  float own[kSums] = {};
  for (int b = static_cast<int>(threadIdx.x); b < blocks; b += kThreads) {
    LIMBUS_UNROLL
    for (int s = 0; s < kSums; ++s) own[s] += from[b * kSums + s];
  }
  storeSums(own, to + static_cast<long long>(blockIdx.x) * kSums);
}

}  // namespace
}  // namespace limbus::cuda_blocks
