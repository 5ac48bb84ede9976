// What differs between versions of LibTorch, or says which one this is. The only file that may ask
// for the version or use names that come and go; `./check drift` holds the others to that.
#pragma once

#include <torch/torch.h>

#include <string>

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

}  // namespace limbus::compat
