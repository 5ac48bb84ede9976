// Graph + weights to ONNX bytes, and back; checked facts of any ONNX file.
//
// Our own protobuf wire code (onnx/wire.h): no dependency, and untrusted bytes are checked (bounds,
// counts, nesting, no external data) before anything else sees them. Opset 17, IR 8.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/graph/graph.h"
#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

enum class Tail {
  logits,  // a final resize of the graph is left to the core: logits at reduced resolution
  argmax,  // everything in the graph, class indices [N,H,W] int64 out
};

struct OnnxOptions {
  Tail tail = Tail::logits;
  std::optional<int> batch = {};               // absent: dynamic
  std::optional<int> height = {}, width = {};  // absent: dynamic
  bool foldBatchNorm = true;
  std::map<std::string, std::string> metadata = {};  // beside the manifest
};

// The input is called "image", the output "logits" or "mask". The manifest's output part is
// filled in from the graph; so is its learned parameter count where it is 0 (a model that was read
// back, batch norms folded away, keeps the count that it came with).
Result<std::string> writeOnnx(const Graph& graph, const Weights& weights, Manifest manifest,
                              const OnnxOptions& options);

struct OnnxTensorInfo {
  std::string name;
  std::string type;                // "float", "int64", ...
  std::vector<std::string> shape;  // numbers, or the name of a symbolic dimension
};

struct OnnxFacts {
  int irVersion = 0;
  int opset = 0;
  std::string producer;
  std::vector<OnnxTensorInfo> inputs, outputs;
  std::map<std::string, int> opCounts;
  std::int64_t initializerElements = 0;
  std::optional<Manifest> manifest;  // absent in foreign files
};

// Reads and checks any ONNX file. A manifest that is there but wrong is an error.
Result<OnnxFacts> inspectOnnx(std::string_view bytes);

struct OnnxModel {
  Graph graph;
  Weights weights;
  Manifest manifest;
};

// Reads back what writeOnnx wrote (the ops of graph/ops.h), so that it runs in the executor.
Result<OnnxModel> readOnnx(std::string_view bytes);

}  // namespace limbus
