// What differs between versions of LibTorch, or says which one this is. The only file that may ask
// for the version or use names that come and go; `./check drift` holds the others to that.
#pragma once

#include <ATen/TensorIterator.h>
#include <ATen/autocast_mode.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace limbus::compat {

inline const char* libtorchVersion() { return TORCH_VERSION; }

// Everything that decides which kernels run on the CPU: versions, vector units, build settings.
inline std::string libtorchBuild() { return torch::show_config(); }

// While it lives, operations run on LibTorch's own kernels: without oneDNN and without cuDNN. The
// switches belong to the process, not to the thread.
class WithoutLibraries {
 public:
  WithoutLibraries()
      : oneDnn_(at::globalContext().userEnabledMkldnn()),
        cuDnn_(at::globalContext().userEnabledCuDNN()) {
    set(false, false);
  }
  ~WithoutLibraries() { set(oneDnn_, cuDnn_); }
  WithoutLibraries(const WithoutLibraries&) = delete;
  WithoutLibraries& operator=(const WithoutLibraries&) = delete;

 private:
  static void set(bool oneDnn, bool cuDnn) {
    at::globalContext().setUserEnabledMkldnn(oneDnn);
    at::globalContext().setUserEnabledCuDNN(cuDnn);
  }
  bool oneDnn_, cuDnn_;
};

#define LIMBUS_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) ||         \
   (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

// Deterministic algorithms without a pass that fills new memory with NaN: what is made is written.
inline void useDeterministicAlgorithms() {
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
#if LIMBUS_TORCH_AT_LEAST(2, 2)
  at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
}

// This thread's operations from here on: those that gain from it compute in `type`.
inline void startAutocast(torch::DeviceType device, torch::ScalarType type) {
  at::autocast::increment_nesting();
#if LIMBUS_TORCH_AT_LEAST(2, 4)
  at::autocast::set_autocast_dtype(device, type);
  at::autocast::set_autocast_enabled(device, true);
#else
  if (device == torch::kCPU) {
    at::autocast::set_autocast_cpu_dtype(type);
    at::autocast::set_cpu_enabled(true);
  } else {
    at::autocast::set_autocast_gpu_dtype(type);
    at::autocast::set_enabled(true);
  }
#endif
}

inline void endAutocast(torch::DeviceType device) {
#if LIMBUS_TORCH_AT_LEAST(2, 4)
  at::autocast::set_autocast_enabled(device, false);
#else
  device == torch::kCPU ? at::autocast::set_cpu_enabled(false) : at::autocast::set_enabled(false);
#endif
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
}

// Whether that is so of operations on the device.
inline bool isAutocastOn(torch::DeviceType device) {
#if LIMBUS_TORCH_AT_LEAST(2, 4)
  return at::autocast::is_autocast_enabled(device);
#else
  return device == torch::kCPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
#endif
}

// While it lives, `filled` is called in each backward pass when the parameter's gradient is whole.
class GradientHook {
 public:
  GradientHook(const torch::Tensor& parameter, std::function<void()> filled)
      : node_(torch::autograd::impl::grad_accumulator(parameter)) {
    using Values = torch::autograd::variable_list;
    key_ = node_->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
        [filled = std::move(filled)](const Values& outputs, const Values&) {
          filled();
          return outputs;
        }));
  }
  ~GradientHook() { node_->del_post_hook(key_); }
  GradientHook(const GradientHook&) = delete;
  GradientHook& operator=(const GradientHook&) = delete;

 private:
  // A std::shared_ptr, or one of LibTorch's own since 2.15.
  decltype(torch::autograd::impl::grad_accumulator(torch::Tensor())) node_;
  std::uintptr_t key_ = 0;
};

// Each of the tensors times a tensor of one value. All at once from 2.6 on, the oldest LibTorch 2
// that was tried.
inline std::vector<torch::Tensor> scaled(const std::vector<torch::Tensor>& tensors,
                                         const torch::Tensor& by) {
#if LIMBUS_TORCH_AT_LEAST(2, 6)
  return torch::_foreach_mul(tensors, by);
#else
  std::vector<torch::Tensor> products;
  for (const torch::Tensor& tensor : tensors) products.push_back(tensor * by);
  return products;
#endif
}

// The same in place.
inline void scaleBy(const std::vector<torch::Tensor>& tensors, const torch::Tensor& by) {
#if LIMBUS_TORCH_AT_LEAST(2, 6)
  torch::_foreach_mul_(tensors, by);
#else
  for (torch::Tensor tensor : tensors) tensor.mul_(by);
#endif
}

// May CUDA's libraries round the factors of convolutions and products to TF32?
inline void allowTf32(bool allowed) {
  at::globalContext().setAllowTF32CuDNN(allowed);
  at::globalContext().setAllowTF32CuBLAS(allowed);
}

}  // namespace limbus::compat
