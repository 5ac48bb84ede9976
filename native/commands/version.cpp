#include "native/commands/version.h"

#include "native/infer/onnx_runtime.h"
#include "native/train/torch_compat.h"

namespace limbus {

std::string versionLine() {
  const std::string runtime = onnxRuntimeVersion();
  return "limbus " LIMBUS_VERSION " (LibTorch " + std::string(compat::libtorchVersion()) + ", " +
         (runtime.empty() ? "without ONNX Runtime" : "ONNX Runtime " + runtime) + ")";
}

}  // namespace limbus
