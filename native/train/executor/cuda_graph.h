// What CUDA alone has: streams, graphs and the count of its memory. In a build without CUDA the
// graph is never there and nothing was allocated.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace limbus {

// While it lives, this thread's work on a CUDA device runs on a stream of its own, as recording
// needs it; on the CPU nothing changes.
class OwnStream {
 public:
  explicit OwnStream(torch::Device device);
  ~OwnStream();
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;

 private:
  struct Guard;
  std::unique_ptr<Guard> guard_;
};

// Work recorded once as a CUDA graph: a replay costs the CPU one launch, however many operations
// it holds.
class CudaGraph {
 public:
  virtual ~CudaGraph() = default;
  virtual void replay() = 0;

  // Records what `work` sends to the current stream, an OwnStream, without running it. The tensors
  // that it reads must stay where they are; those that it makes are rewritten by every replay.
  // Throws c10::Error where `work` waits for the device or copies from plain memory. Null in a
  // build without CUDA.
  static std::unique_ptr<CudaGraph> record(const std::function<void()>& work);
};

// The cudaStream_t that this thread's work on the device goes to; null on a CPU.
void* cudaStreamOf(torch::Device device);

// The most that tensors on the device took at one time so far, and what they take now, in bytes;
// 0 on a CPU.
std::int64_t peakCudaBytes(torch::Device device);
std::int64_t takenCudaBytes(torch::Device device);

// What is free of the device's memory, what LibTorch's cache keeps included; 0 on a CPU.
std::int64_t freeCudaBytes(torch::Device device);

// The GPU's model ("NVIDIA H100 80GB HBM3"); empty for a CPU.
std::string cardOf(torch::Device device);

// Tells a GPU from every other one, of other machines too; empty for a CPU.
std::string identityOf(torch::Device device);

}  // namespace limbus
