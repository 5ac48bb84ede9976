// Files of a few nodes with a draft of a manifest, and what reading them says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "result_text.h"
#include "shared/model/onnx_model.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/interface.h"
#include "small_onnx.h"

namespace limbus::samples {

// From x to y, of one size.
inline SmallOnnx fileOf(std::vector<SmallNode> nodes, std::vector<SmallTensor> tensors = {},
                        const std::string& channels = "1") {
  return {.inputs = {{"x", {"1", channels, "32", "32"}}},
          .outputs = {{"y", {"1", channels, "32", "32"}}},
          .nodes = std::move(nodes),
          .tensors = std::move(tensors)};
}

inline Manifest draftOf(const SmallOnnx& file) {
  const OnnxFacts facts = inspectOnnx(file.bytes()).value();
  Manifest manifest = draftManifest(facts, imageInterface(facts).value());
  manifest.input.width = manifest.input.height = 32;
  return manifest;
}

inline std::string refusalOf(const SmallOnnx& file) {
  const Result<OnnxModel> model = readOnnx(file.bytes(draftOf(file)));
  return model ? "" : model.error().message;
}

// As one of ours, which is read without rewriting.
inline std::string refusalOfOurs(SmallOnnx file) {
  file.opset = 17;
  WireWriter producer;
  producer.bytes(onnx_field::kModelProducer, "limbus");
  const Result<OnnxModel> model = readOnnx(file.bytes(draftOf(file)) + producer.str());
  return model ? "" : model.error().message;
}

struct Refused {
  std::string message;
  std::vector<SmallNode> nodes;
  std::vector<SmallTensor> tensors = {};
  int opset = 13;
};

// By `refusal`, refusalOf or refusalOfOurs, each with its message.
template <class Refusal>
void checkRefused(const Refusal& refusal, const std::vector<Refused>& rows,
                  const std::string& channels) {
  for (const Refused& row : rows) {
    SmallOnnx file = fileOf(row.nodes, row.tensors, channels);
    file.opset = row.opset;
    const std::string message = refusal(file);
    INFO(row.message << "; said: " << message);
    CHECK(contains(message, row.message));
  }
}

}  // namespace limbus::samples
