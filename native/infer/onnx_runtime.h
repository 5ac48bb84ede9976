// ONNX Runtime as a way to run any network of images, where the build found its library: on the
// CPU, whatever operations and opsets the file has.
//
//   Result<OnnxNetwork> network = onnxNetwork(*inspectOnnx(bytes));
//   std::unique_ptr<Predictor> road = *inOnnxRuntime(bytes, *network, 4);
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "native/infer/predictor.h"
#include "shared/manifest.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/interface.h"
#include "shared/result.h"

namespace limbus {

std::string onnxRuntimeVersion();  // "1.21.0"; empty: not in this build

// What to do in a build without it.
constexpr const char* kGetOnnxRuntime =
    "install its C library (libonnxruntime-dev, Debian 13 and newer) and build limbus anew";

// A file with a manifest that fits what it takes and gives.
struct OnnxNetwork {
  Manifest manifest;
  ImagePort input, output;
};

Result<OnnxNetwork> onnxNetwork(const OnnxFacts& facts);

// Sizes fixed or open, planes or pixels, float or float16, the output that the manifest names.
// `bytes` are read here and not kept; `threads` work on one image. An error without the library,
// and where it refuses the file.
Result<std::unique_ptr<Predictor>> inOnnxRuntime(std::string_view bytes, OnnxNetwork network,
                                                 int threads);

}  // namespace limbus
