// What all files share that start kernels.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace limbus {

// Null, or why CUDA refused a kernel since it was last asked.
inline const char* refusal() {
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

// False: this build has no such kernel for the device.
template <class Kernel>
bool isThere(Kernel* kernel) {
  cudaFuncAttributes attributes;
  if (cudaFuncGetAttributes(&attributes, kernel) == cudaSuccess) return true;
  static_cast<void>(cudaGetLastError());
  return false;
}

// Whether all begin where four floats can be read at once.
template <class... Pointers>
bool areFour(Pointers... from) {
  return ((reinterpret_cast<std::uintptr_t>(from) | ...) % (4 * sizeof(float))) == 0;
}

}  // namespace limbus
