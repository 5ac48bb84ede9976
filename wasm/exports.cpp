#include "wasm/exports.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "shared/eyes/eyes.h"
#include "shared/hash.h"
#include "shared/manifest.h"
#include "shared/onnx/facts.h"
#include "shared/vision/preprocess.h"
#include "shared/vision/regions.h"
#include "shared/vision/upsample_argmax.h"

struct Limbus {
  std::string text;
  limbus::Manifest manifest;
  bool hasManifest = false;
  limbus::Prepared prepared;
  bool hasImage = false;
  std::array<std::int32_t, 4> shape{};
  limbus::Mask mask;
  limbus::Render render;
};

namespace {

using limbus::Error;
using limbus::ErrorCode;
using limbus::Result;
using nlohmann::json;

int refuse(Limbus& limbus, ErrorCode code, std::string message) {
  limbus.text = std::move(message);
  return static_cast<int>(code);
}

int refuse(Limbus& limbus, const Error& error) { return refuse(limbus, error.code, error.message); }

// No exception crosses the border: the core returns its errors, so what arrives here is mostly
// memory.
template <class Body>
int guarded(Limbus* limbus, Body body) {
  limbus->text.clear();
  try {
    return body(*limbus);
  } catch (const std::bad_alloc&) {
    return refuse(*limbus, ErrorCode::io, "out of memory; use a smaller image or model");
  } catch (const std::exception& exception) {
    return refuse(*limbus, ErrorCode::badData, exception.what());
  }
}

json ellipseJson(const std::optional<limbus::Ellipse>& ellipse) {
  if (!ellipse) return nullptr;
  return {{"centreX", ellipse->centreX},
          {"centreY", ellipse->centreY},
          {"majorPx", ellipse->majorPx},
          {"minorPx", ellipse->minorPx},
          {"angleDegrees", ellipse->angleDegrees}};
}

json tensorsJson(const std::vector<limbus::OnnxTensorInfo>& tensors) {
  json list = json::array();
  for (const limbus::OnnxTensorInfo& tensor : tensors)
    list.push_back({{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}});
  return list;
}

json factsJson(const limbus::OnnxFacts& facts) {
  json manifest = nullptr;
  if (facts.manifest) manifest = json::parse(limbus::toJson(*facts.manifest));
  return {{"irVersion", facts.irVersion},
          {"opset", facts.opset},
          {"producer", facts.producer},
          {"inputs", tensorsJson(facts.inputs)},
          {"outputs", tensorsJson(facts.outputs)},
          {"opCounts", facts.opCounts},
          {"initializerElements", facts.initializerElements},
          {"manifest", manifest}};
}

// Names in foreign files may hold any bytes; the answer is UTF-8 all the same.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

int analyseMask(Limbus& limbus, Result<limbus::Mask> mask) {
  if (!mask) return refuse(limbus, mask.error());
  limbus.mask = std::move(*mask);
  Result<limbus::Analysis> analysis =
      limbus::analyse(limbus.mask.view(), limbus.manifest.classes, limbus.manifest.regions);
  if (!analysis) return refuse(limbus, analysis.error());
  limbus.text = limbus::toJson(*analysis, limbus.manifest.classes);
  return 0;
}

}  // namespace

Limbus* limbusCreate() { return new (std::nothrow) Limbus; }
void limbusDestroy(Limbus* limbus) { delete limbus; }

std::uint8_t* limbusAllocate(std::uint32_t sizeBytes) {
  return static_cast<std::uint8_t*>(std::malloc(std::max<std::uint32_t>(sizeBytes, 1)));
}
void limbusFree(std::uint8_t* memory) { std::free(memory); }

const char* limbusText(const Limbus* limbus) { return limbus->text.c_str(); }

int limbusInspect(Limbus* limbus, const std::uint8_t* onnx, std::uint32_t sizeBytes) {
  return guarded(limbus, [&](Limbus& self) {
    const auto facts =
        limbus::inspectOnnx(std::string_view(reinterpret_cast<const char*>(onnx), sizeBytes));
    if (!facts) return refuse(self, facts.error());
    self.text = dump(factsJson(*facts));
    return 0;
  });
}

int limbusUseManifest(Limbus* limbus, const char* json) {
  return guarded(limbus, [&](Limbus& self) {
    Result<limbus::Manifest> manifest = limbus::parseManifest(json);
    if (!manifest) return refuse(self, manifest.error());
    self.manifest = std::move(*manifest);
    self.hasManifest = true;
    self.hasImage = false;
    self.text = limbus::toJson(self.manifest);
    return 0;
  });
}

int limbusPreprocess(Limbus* limbus, const std::uint8_t* pixels, int width, int height,
                     int channels) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.hasManifest) return refuse(self, ErrorCode::badArgument, "no manifest is in use");
    self.hasImage = false;
    Result<limbus::Prepared> prepared =
        limbus::preprocess({pixels, width, height, channels}, self.manifest.input);
    if (!prepared) return refuse(self, prepared.error());
    self.prepared = std::move(*prepared);
    const limbus::Dims& dims = self.prepared.tensor.shape;
    for (std::size_t i = 0; i < self.shape.size(); ++i)
      self.shape[i] = static_cast<std::int32_t>(dims[i]);
    self.hasImage = true;
    return 0;
  });
}

const float* limbusTensor(const Limbus* limbus) { return limbus->prepared.tensor.values.data(); }
const std::int32_t* limbusTensorShape(const Limbus* limbus) { return limbus->shape.data(); }

int limbusPostprocess(Limbus* limbus, const float* logits, int channels, int height, int width) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.hasImage) return refuse(self, ErrorCode::badArgument, "no image was preprocessed");
    const int classes = static_cast<int>(self.manifest.classes.size());
    if (channels != classes)
      return refuse(self, ErrorCode::badData,
                    "the manifest names " + std::to_string(classes) +
                        " classes, the network gives " + std::to_string(channels) +
                        " channels; the manifest does not fit this file");
    return analyseMask(self, limbus::upsampleArgmax(logits, channels, height, width,
                                                    self.manifest.output, self.prepared.placement));
  });
}

int limbusPostprocessIndices(Limbus* limbus, const std::uint8_t* classes, int height, int width) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.hasImage) return refuse(self, ErrorCode::badArgument, "no image was preprocessed");
    return analyseMask(self, limbus::placeMask(classes, height, width, self.prepared.placement));
  });
}

const std::uint8_t* limbusMask(const Limbus* limbus) { return limbus->mask.pixels.data(); }

int limbusHash(Limbus* limbus, const std::uint8_t* bytes, std::uint32_t sizeBytes) {
  return guarded(limbus, [&](Limbus& self) {
    self.text = limbus::hashText(limbus::fnv1a64(bytes, sizeBytes));
    return 0;
  });
}

int limbusEyePresets(Limbus* limbus) {
  return guarded(limbus, [&](Limbus& self) {
    json list = json::array();
    for (const limbus::EyePresetRow& row : limbus::eyePresets())
      list.push_back({{"name", row.name},
                      {"summary", row.summary},
                      {"width", row.width},
                      {"height", row.height}});
    self.text = dump(list);
    return 0;
  });
}

int limbusRenderEye(Limbus* limbus, const char* preset, std::uint32_t seedLow,
                    std::uint32_t seedHigh, std::uint32_t index) {
  return guarded(limbus, [&](Limbus& self) {
    const std::uint64_t seed = (static_cast<std::uint64_t>(seedHigh) << 32) | seedLow;
    Result<limbus::Render> render = limbus::renderEye(preset, seed, index);
    if (!render) return refuse(self, render.error());
    self.render = std::move(*render);
    self.text = dump({{"width", self.render.image.width},
                      {"height", self.render.image.height},
                      {"channels", self.render.image.channels},
                      {"pupil", ellipseJson(self.render.pupil)},
                      {"iris", ellipseJson(self.render.iris)}});
    return 0;
  });
}

const std::uint8_t* limbusRenderImage(const Limbus* limbus) {
  return limbus->render.image.pixels.data();
}
const std::uint8_t* limbusRenderMask(const Limbus* limbus) {
  return limbus->render.mask.pixels.data();
}
