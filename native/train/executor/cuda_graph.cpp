#include "native/train/executor/cuda_graph.h"

#ifdef LIMBUS_WITH_CUDA
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <fstream>

#include "native/train/torch_compat.h"
#if LIMBUS_TORCH_AT_LEAST(2, 11)
#include <ATen/core/CachingHostAllocator.h>
#endif
#endif

namespace limbus {

#ifdef LIMBUS_WITH_CUDA

struct OwnStream::Guard {
  explicit Guard(torch::DeviceIndex device)
      : guard(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)) {}
  c10::cuda::CUDAStreamGuard guard;
};

OwnStream::OwnStream(torch::Device device) {
  if (!device.is_cuda()) return;
  torch::cuda::synchronize(device.index());  // with what was begun on another stream
  guard_ = std::make_unique<Guard>(device.index());
}

namespace {

class Recorded : public CudaGraph {
 public:
  explicit Recorded(const std::function<void()>& work) {
    // The graph has memory of its own; while it is recorded, LibTorch frees no cached one for it.
    c10::cuda::CUDACachingAllocator::emptyCache();
    try {
      // By thread: the loader's workers lock memory meanwhile.
      graph_.capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
      work();
      graph_.capture_end();
    } catch (...) {
      stop();
      throw;
    }
  }
  void replay() override { graph_.replay(); }

 private:
  void stop() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {  // of what went wrong before
    }
    static_cast<void>(cudaGetLastError());
    const c10::DeviceIndex device = c10::cuda::current_device();
    givePoolBack(device);
    // The generator still counts for the graph that is none; a fresh one's state takes its place.
    at::Generator own = at::cuda::detail::getDefaultCUDAGenerator(device);
    own.graphsafe_set_state(at::cuda::detail::createCUDAGenerator(device).graphsafe_get_state());
  }

  // What CUDA refused to end, LibTorch's allocators still hold to be under way: they would keep the
  // pool, and reuse nothing that several streams used, for the rest of the process.
  void givePoolBack(c10::DeviceIndex device) {
    try {
      c10::cuda::CUDACachingAllocator::endAllocateToPool(device, pool_);
      c10::cuda::CUDACachingAllocator::releasePool(device, pool_);
#if LIMBUS_TORCH_AT_LEAST(2, 11)
      at::getHostAllocator(at::kCUDA)->end_allocate_to_pool(pool_);
      at::getHostAllocator(at::kCUDA)->release_pool(pool_);
#endif
    } catch (const c10::Error&) {  // it was ended; then the graph releases it
    }
  }

  const decltype(at::cuda::graph_pool_handle()) pool_ = at::cuda::graph_pool_handle();
  at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<CudaGraph> CudaGraph::record(const std::function<void()>& work) {
  return std::make_unique<Recorded>(work);
}

void* cudaStreamOf(torch::Device device) {
  return device.is_cuda() ? c10::cuda::getCurrentCUDAStream(device.index()).stream() : nullptr;
}

std::int64_t peakCudaBytes(torch::Device device) {
  if (!device.is_cuda()) return 0;
  return c10::cuda::CUDACachingAllocator::getDeviceStats(device.index()).allocated_bytes[0].peak;
}

std::int64_t takenCudaBytes(torch::Device device) {
  if (!device.is_cuda()) return 0;
  return c10::cuda::CUDACachingAllocator::getDeviceStats(device.index()).allocated_bytes[0].current;
}

std::int64_t freeCudaBytes(torch::Device device) {
  if (!device.is_cuda()) return 0;
  const c10::cuda::CUDAGuard guard(device);
  std::size_t freeNow = 0, total = 0;
  if (cudaMemGetInfo(&freeNow, &total) != cudaSuccess) return 0;
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
  return static_cast<std::int64_t>(freeNow) + stats.reserved_bytes[0].current -
         stats.allocated_bytes[0].current;
}

std::string cardOf(torch::Device device) {
  cudaDeviceProp properties{};
  if (!device.is_cuda() || cudaGetDeviceProperties(&properties, device.index()) != cudaSuccess) {
    return "";
  }
  return properties.name;
}

std::string identityOf(torch::Device device) {
  if (!device.is_cuda()) return "";
  std::string machine;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), machine);
  char bus[32] = "";
  static_cast<void>(cudaDeviceGetPCIBusId(bus, sizeof bus, device.index()));
  return machine + " " + bus;
}

#else

struct OwnStream::Guard {};
OwnStream::OwnStream(torch::Device) {}
std::unique_ptr<CudaGraph> CudaGraph::record(const std::function<void()>&) { return nullptr; }
void* cudaStreamOf(torch::Device) { return nullptr; }
std::int64_t peakCudaBytes(torch::Device) { return 0; }
std::int64_t takenCudaBytes(torch::Device) { return 0; }
std::int64_t freeCudaBytes(torch::Device) { return 0; }
std::string cardOf(torch::Device) { return ""; }
std::string identityOf(torch::Device) { return ""; }

#endif

OwnStream::~OwnStream() = default;

}  // namespace limbus
