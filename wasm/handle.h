// The handle behind exports.h, and how its functions end.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shared/eyes/eyes.h"
#include "shared/manifest.h"
#include "shared/onnx/external_data.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/outline.h"
#include "shared/result.h"
#include "shared/vision/network_output.h"
#include "shared/vision/preprocess.h"
#include "wasm/exports.h"

struct Limbus {
  std::string text;
  std::optional<limbus::OnnxOutline> outline;  // of the file that is being inspected
  std::optional<limbus::OnnxFacts> facts;      // of the file inspected last
  limbus::JoinedOnnx joined;                   // of that file and its external ones
  limbus::Manifest manifest;
  bool hasManifest = false;
  limbus::Prepared prepared;          // its tensor in the layout of the file
  std::vector<std::uint16_t> halves;  // of that tensor
  bool hasImage = false;
  std::array<std::int32_t, 4> shape{};
  limbus::Mask mask;
  std::vector<double> analysis;
  std::optional<limbus::NetworkScores> scores;  // whose probabilities are being asked for
  std::vector<float> probabilityRows;
  std::vector<double> numbers;  // of an ellipse, counts or scores
  limbus::Render render;
  std::vector<double> renderFacts;
};

inline int refuse(Limbus& limbus, limbus::ErrorCode code, std::string message) {
  limbus.text = std::move(message);
  return static_cast<int>(code);
}

inline int refuse(Limbus& limbus, const limbus::Error& error) {
  return refuse(limbus, error.code, error.message);
}

// No exception crosses the border: the core returns its errors, so what arrives here is mostly
// memory.
template <class Body>
int guarded(Limbus* limbus, Body body) {
  limbus->text.clear();
  try {
    return body(*limbus);
  } catch (const std::bad_alloc&) {
    return refuse(*limbus, limbus::ErrorCode::io, "out of memory; use a smaller image or model");
  } catch (const std::exception& exception) {
    return refuse(*limbus, limbus::ErrorCode::badData, exception.what());
  }
}
