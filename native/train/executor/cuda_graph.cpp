#include "native/train/executor/cuda_graph.h"

#ifdef LIMBUS_WITH_CUDA
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <fstream>
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
    // By thread: the loader's workers lock memory meanwhile.
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      stop();
      throw;
    }
    graph_.capture_end();
  }
  void replay() override { graph_.replay(); }

 private:
  void stop() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {  // of what went wrong before
    }
    static_cast<void>(cudaGetLastError());
    // The generator still counts for the graph that is none; a fresh one's state takes its place.
    const c10::DeviceIndex device = c10::cuda::current_device();
    at::Generator own = at::cuda::detail::getDefaultCUDAGenerator(device);
    own.graphsafe_set_state(at::cuda::detail::createCUDAGenerator(device).graphsafe_get_state());
  }
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

std::int64_t freeCudaBytes(torch::Device device) {
  if (!device.is_cuda()) return 0;
  const c10::cuda::CUDAGuard guard(device);
  std::size_t freeNow = 0, total = 0;
  if (cudaMemGetInfo(&freeNow, &total) != cudaSuccess) return 0;
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
  return static_cast<std::int64_t>(freeNow) + stats.reserved_bytes[0].current -
         stats.allocated_bytes[0].current;
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
std::int64_t freeCudaBytes(torch::Device) { return 0; }
std::string identityOf(torch::Device) { return ""; }

#endif

OwnStream::~OwnStream() = default;

}  // namespace limbus
