// A small untrained network as a file, where a test needs any model at all.
#pragma once

#include <torch/torch.h>

#include "native/train/executor/executor.h"
#include "shared/model/onnx_model.h"
#include "shared/nets/nets.h"

inline limbus::Manifest tinyManifest() {
  using namespace limbus;
  Manifest manifest;
  manifest.name = "tiny";
  manifest.input.width = 96;
  manifest.input.height = 64;
  manifest.input.multiple = 8;
  manifest.input.mean = {0.5};
  manifest.input.std = {0.25};
  manifest.classes = {{"background", {0, 0, 0}, "background"},
                      {"sclera", {80, 120, 255}, "sclera"},
                      {"iris", {60, 200, 90}, "iris"},
                      {"pupil", {255, 80, 60}, "pupil"}};
  return manifest;
}

inline limbus::Graph tinyGraph() {
  return *limbus::buildNet("dabnet", {.inputChannels = 1}, R"({"width": 4})");
}

// Bytes of an .onnx; throws on failure.
inline std::string tinyOnnx(limbus::OnnxOptions options = {}) {
  const limbus::Graph graph = tinyGraph();
  limbus::Executor net(graph, 3);
  return limbus::writeOnnx(graph, net.weights(), tinyManifest(), options).value();
}
