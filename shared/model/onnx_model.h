// A model as one file: graph, weights and manifest to ONNX bytes, and back. Opset 17, IR 8.
//
// graph/ is the network, onnx/ the file format, ops/ what each operation means in both; this folder
// walks one and writes the other.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

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

struct OnnxModel {
  Graph graph;
  Weights weights;
  Manifest manifest;
};

// Reads a file with a manifest, so that it runs in the executor: what writeOnnx wrote (the rows of
// ops/ops.h), and files of other exporters, opset 7 to 22, as far as foreign.h takes them. The
// model's manifest is that of the graph: planes, one output.
Result<OnnxModel> readOnnx(std::string_view bytes);

}  // namespace limbus
