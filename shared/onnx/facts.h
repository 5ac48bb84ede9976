// What any ONNX file says about itself, checked: versions, ports, operations, and the manifest of
// one of ours.
//
// Our own protobuf wire code (onnx/wire.h): no dependency, and untrusted bytes are checked (bounds,
// counts, nesting, names of other files) before anything else sees them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

struct OnnxTensorInfo {
  std::string name;
  std::string type;                // "float", "int64", ...
  std::vector<std::string> shape;  // numbers, or the name of a symbolic dimension
  bool shaped = false;             // false: the file says nothing of its shape
  std::string madeBy;              // the operation that an output comes from; else empty
  int argmaxClasses = 0;           // that an output is the argmax of; 0: unknown, or of nothing
};

// One that lies beside the .onnx and holds data of its tensors.
struct ExternalFile {
  std::string name;
  std::uint64_t bytes = 0;  // that it has at least
};

struct OnnxFacts {
  int irVersion = 0;
  int opset = 0;
  std::string producer;
  std::vector<OnnxTensorInfo> inputs, outputs;
  std::map<std::string, int> opCounts;
  std::int64_t initializerElements = 0;         // floating-point values that it stores
  std::map<std::string, std::string> metadata;  // all but the manifest
  std::optional<Manifest> manifest;             // absent in foreign files
  std::vector<ExternalFile> externalFiles;      // without which it is not whole: external_data.h
};

// Reads and checks any ONNX file. A manifest that is there but wrong is an error.
Result<OnnxFacts> inspectOnnx(std::string_view bytes);

// The same for a file that does not lie in memory as a whole.
class OnnxOutline;
Result<OnnxFacts> inspectOnnx(const OnnxOutline& outline);

}  // namespace limbus
