#include "native/train/device.h"

#include <sys/resource.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "native/system/memory.h"
#include "native/system/processors.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/thread_waiting.h"
#include "native/train/torch_compat.h"

namespace limbus {
namespace {

#ifdef LIMBUS_WITH_CUDA
constexpr const char* kNoCuda =
    "LibTorch sees no CUDA device: nvidia-smi should list one (a container wants --gpus all)";
#else
constexpr const char* kNoCuda =
    "this LibTorch sees no CUDA device: build with a CUDA LibTorch (CMAKE_PREFIX_PATH)";
#endif

int cudaDevices() {
  return torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
}

// The N of "cuda:N"; -1 when it is not a plain number.
int cudaIndex(const std::string& name) {
  const std::string digits = name.substr(5);
  if (digits.empty() || digits.size() > 3) return -1;
  int index = 0;
  for (char digit : digits) {
    if (digit < '0' || digit > '9') return -1;
    index = index * 10 + (digit - '0');
  }
  return index;
}

// Tensors of megabytes come and go in every step: memory given back to the system in between is
// paid for anew, page by page, a tenth of a step's time.
void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

// LibTorch's own guess can be one thread, or all of a machine of which this process has a part.
// Whoever sets OMP_NUM_THREADS means it.
void useCores(int processes) {
  threadsWaitAsleep();
  if (std::getenv("OMP_NUM_THREADS") == nullptr) torch::set_num_threads(coreShare(processes));
}

}  // namespace

std::int64_t peakBytes(torch::Device device) {
  if (device.is_cuda()) return peakCudaBytes(device);
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return usage.ru_maxrss;
#else
  return std::int64_t{usage.ru_maxrss} * 1024;
#endif
}

void waitFor(torch::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize();
}

std::int64_t freeBytes(torch::Device device) {
  if (device.is_cuda()) return freeCudaBytes(device);
  return freeMemoryBytes();
}

void useDeterministicAlgorithms() {
  compat::useDeterministicAlgorithms();
  at::globalContext().setDeterministicCuDNN(true);
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);  // which cuBLAS wants for it
}

int gpusToChoose(const std::string& name) {
  return name == "auto" || name == "cuda" ? cudaDevices() : 0;
}

Result<torch::Device> chooseDevice(const std::string& name, int local, int localSize) {
  keepFreedMemory();
  static int sharers = 1;  // also of who asks later, for a teacher say, and knows of no ranks
  sharers = std::max(sharers, localSize);
  useCores(sharers);
  if (name == "cpu") return torch::Device(torch::kCPU);
  const int count = cudaDevices();
  if (name == "auto" && count == 0) return torch::Device(torch::kCPU);
  const bool indexed = name.rfind("cuda:", 0) == 0;
  // Slurm may show each rank its own GPU alone.
  const int own = count == 1 ? 0 : local;
  const int index = name == "auto" || name == "cuda" ? own : indexed ? cudaIndex(name) : -1;
  if (index < 0) {
    return fail(ErrorCode::badArgument,
                "unknown device '" + name + "'; known: auto, cpu, cuda, cuda:N");
  }
  if (count == 0) {
    return fail(ErrorCode::unsupported,
                "device '" + name + "' needs CUDA, and " + kNoCuda + "; or use --device cpu");
  }
  if (index >= count && !indexed) {
    return fail(ErrorCode::badArgument, "rank " + std::to_string(local) +
                                            " of this machine, from 0, needs a GPU of its own: "
                                            "there are " +
                                            std::to_string(count));
  }
  if (index >= count) {
    return fail(ErrorCode::badArgument, "device '" + name + "' does not exist; there are " +
                                            std::to_string(count) + " CUDA devices, from cuda:0");
  }
  return torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(index));
}

}  // namespace limbus
