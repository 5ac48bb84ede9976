// Op samples and small nets as ONNX bytes, for the tests of writer, reader and checker.
#pragma once

#include <string>
#include <vector>

#include "op_samples.h"
#include "sample_weights.h"
#include "shared/model/onnx_model.h"
#include "small_nets.h"

namespace limbus::samples {

inline Manifest manifestFor(const Graph& graph, std::int64_t classes) {
  Manifest manifest;
  manifest.name = graph.name;
  manifest.input.width = 64;
  manifest.input.height = 48;
  manifest.input.colour = graph.inputChannels == 3 ? Colour::rgb : Colour::grey;
  manifest.input.mean.assign(static_cast<std::size_t>(graph.inputChannels), 0.5);
  manifest.input.std.assign(static_cast<std::size_t>(graph.inputChannels), 0.25);
  for (std::int64_t i = 0; i < classes; ++i) {
    manifest.classes.push_back(
        {"class " + std::to_string(i), {static_cast<std::uint8_t>(i), 0, 0}, ""});
  }
  return manifest;
}

struct OnnxSample {
  std::string name;
  Graph graph;
  Manifest manifest;
  Dims size;  // [N,C,H,W] that the graph accepts
  bool network = false;
  Weights weights = {};
};

// Every op sample, brought to the input's size; with a short head where its channels are few.
inline std::vector<OnnxSample> onnxSamples() {
  std::vector<OnnxSample> samples;
  for (const OpSample& op : opSamples()) {
    Builder b("sample", static_cast<int>(op.input[1]));
    ValueId x = op.build(b);
    x = b.conv(x, "head", {.out = 4, .kernel = 1});
    Graph graph = b.finish(b.resize(x, "fit", {.like = b.input()}));
    Manifest manifest = manifestFor(graph, 4);
    manifest.input.height = static_cast<int>(op.input[2]);
    manifest.input.width = static_cast<int>(op.input[3]);
    samples.push_back({op.name, std::move(graph), std::move(manifest), op.input});
  }
  for (const NetRow& row : nets()) {
    Graph graph = buildNet(row.name, {.inputChannels = 1}, narrowest(row)).value();
    Manifest manifest = manifestFor(graph, 4);
    samples.push_back({row.name,
                       std::move(graph),
                       std::move(manifest),
                       {2, 1, 3 * row.sizeMultiple, 4 * row.sizeMultiple},
                       true});
  }
  for (OnnxSample& sample : samples) sample.weights = sampleWeights(sample.graph);
  return samples;
}

struct OptionsRow {
  const char* name;
  OnnxOptions options;
};

// Dynamic and fixed sizes, both tails, folded or not; of whole networks three of them.
inline std::vector<OptionsRow> optionRows(const OnnxSample& sample) {
  const Dims& size = sample.size;
  std::vector<OptionsRow> rows;
  for (Tail tail : {Tail::logits, Tail::argmax}) {
    for (bool fold : {true, false}) {
      OnnxOptions options{.tail = tail, .foldBatchNorm = fold};
      rows.push_back({"dynamic", options});
      options.height = static_cast<int>(size[2]);
      options.width = static_cast<int>(size[3]);
      rows.push_back({"fixed size", options});
      options.batch = static_cast<int>(size[0]);
      rows.push_back({"fixed batch and size", options});
    }
  }
  if (sample.network) return {rows[0], rows[5], rows[7]};
  return rows;
}

}  // namespace limbus::samples
