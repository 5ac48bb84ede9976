// CUDA's words, as far as kernels have them, for a CPU: to be read before these. Blocks run
// one after the other; the threads of one take turns, from one __syncthreads() to the next.
#pragma once

#include <ucontext.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#define __device__
#define __host__
#define __global__
#define __shared__ static

namespace on_cpu {

struct Place {
  unsigned x = 0, y = 0;
};
inline Place threadIdx, blockIdx, gridDim;

inline double rsqrt(double value) { return 1 / std::sqrt(value); }

class Block {
 public:
  explicit Block(unsigned threads) : threads_(threads) {
    for (Thread& one : threads_) one.stack.resize(kStackBytes);
  }

  void run(const std::function<void()>& kernel) {
    kernel_ = &kernel;
    current_ = this;
    for (Thread& one : threads_) {
      ::getcontext(&one.place);
      one.place.uc_stack.ss_sp = one.stack.data();
      one.place.uc_stack.ss_size = one.stack.size();
      one.place.uc_link = &rest_;
      one.ended = false;
      ::makecontext(&one.place, &Block::begin, 0);
    }
    for (bool all = false; !all;) {
      all = true;
      for (std::size_t i = 0; i < threads_.size(); ++i) {
        if (threads_[i].ended) continue;
        turn_ = i;
        threadIdx = {static_cast<unsigned>(i), 0};
        ::swapcontext(&rest_, &threads_[i].place);
        all = all && threads_[i].ended;
      }
    }
  }

  static void wait() {
    ::swapcontext(&current_->threads_[current_->turn_].place, &current_->rest_);
  }

 private:
  static constexpr std::size_t kStackBytes = 64 * 1024;
  struct Thread {
    ucontext_t place = {};
    std::vector<char> stack = {};
    bool ended = true;
  };

  static void begin() {
    (*current_->kernel_)();
    current_->threads_[current_->turn_].ended = true;
  }

  static inline Block* current_ = nullptr;
  std::vector<Thread> threads_;
  const std::function<void()>* kernel_ = nullptr;
  std::size_t turn_ = 0;
  ucontext_t rest_ = {};
};

inline void __syncthreads() { Block::wait(); }

// Of all threads of a block at once, as kernels that are tested here have it.
inline float __shfl_down_sync(unsigned, float value, int away) {
  static std::vector<float> said;
  const std::size_t thread = threadIdx.x, other = thread + static_cast<unsigned>(away);
  if (said.size() <= other) said.resize(other + 1);
  said[thread] = value;
  Block::wait();
  // Past the end of its warp a thread hears itself.
  const float heard = thread / 32 == other / 32 ? said[other] : value;
  Block::wait();
  return heard;
}

// kernel<<<grid, threads>>>(...), as `kernel` has it.
inline void launch(Place grid, unsigned threads, const std::function<void()>& kernel) {
  Block block(threads);
  gridDim = grid;
  for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y) {
    for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) block.run(kernel);
  }
}

}  // namespace on_cpu

using namespace on_cpu;
