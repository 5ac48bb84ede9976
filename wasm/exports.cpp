#include "wasm/exports.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/class_colours.h"
#include "shared/eyes/eyes.h"
#include "shared/half.h"
#include "shared/input_presets.h"
#include "shared/json_reader.h"
#include "shared/manifest.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/interface.h"
#include "shared/onnx/metadata.h"
#include "shared/onnx/outline.h"
#include "shared/options/json.h"
#include "shared/vision/preprocess.h"
#include "shared/vision/probabilities.h"
#include "shared/vision/regions.h"
#include "shared/vision/upsample_argmax.h"
#include "wasm/handle.h"
#include "wasm/numbers.h"

namespace {

using limbus::ErrorCode;
using limbus::Json;
using limbus::Result;

Json tensorsJson(const std::vector<limbus::OnnxTensorInfo>& tensors) {
  Json list = Json::array();
  for (const limbus::OnnxTensorInfo& tensor : tensors)
    list.push_back({{"name", tensor.name},
                    {"type", tensor.type},
                    {"shape", tensor.shape},
                    {"shaped", tensor.shaped}});
  return list;
}

Json portJson(const limbus::ImagePort& port) {
  const auto open = [](const std::optional<int>& dim) { return dim ? Json(*dim) : Json(); };
  return {{"name", port.name},
          {"type", port.type},
          {"layout", port.layout == limbus::Layout::nhwc ? "nhwc" : "nchw"},
          {"batch", open(port.batch)},
          {"channels", open(port.channels)},
          {"height", open(port.height)},
          {"width", open(port.width)}};
}

Json factsJson(const limbus::OnnxFacts& facts) {
  Json manifest = nullptr, draft = nullptr, obstacle = nullptr, ports = nullptr;
  Json outputDrafts = Json::array(), externalFiles = Json::array();
  for (const limbus::ExternalFile& file : facts.externalFiles)
    externalFiles.push_back({{"name", file.name}, {"bytes", file.bytes}});
  if (facts.manifest) manifest = limbus::writeOptions(*facts.manifest);
  if (const auto images = limbus::imageInterface(facts)) {
    ports = {{"input", portJson(images->input)}, {"outputs", Json::array()}};
    for (const limbus::ImagePort& port : images->outputs)
      ports["outputs"].push_back(portJson(port));
    draft = limbus::writeOptions(limbus::draftManifest(facts, *images));
    for (std::size_t i = 0; i < images->outputs.size(); ++i) {
      const Json of = limbus::writeOptions(limbus::draftManifest(facts, *images, i));
      outputDrafts.push_back({{"output", of["output"]}, {"classes", of["classes"]}});
    }
  } else {
    obstacle = images.error().message;
  }
  return {{"irVersion", facts.irVersion},
          {"opset", facts.opset},
          {"producer", facts.producer},
          {"inputs", tensorsJson(facts.inputs)},
          {"outputs", tensorsJson(facts.outputs)},
          {"opCounts", facts.opCounts},
          {"initializerElements", facts.initializerElements},
          {"metadata", facts.metadata},
          {"externalFiles", externalFiles},
          {"manifest", manifest},
          {"ports", ports},
          {"obstacle", obstacle},
          {"draft", draft},
          {"outputDrafts", outputDrafts}};
}

int analyseMask(Limbus& limbus, Result<limbus::Mask> mask) {
  if (!mask) return refuse(limbus, mask.error());
  limbus.mask = std::move(*mask);
  Result<limbus::Analysis> analysis =
      limbus::analyse(limbus.mask.view(), limbus.manifest.classes, limbus.manifest.regions);
  if (!analysis) return refuse(limbus, analysis.error());
  limbus.analysis = limbus::numbersOf(limbus::rounded(std::move(*analysis)));
  return 0;
}

// What the network answered, of one image; first 0: [second,third] of one channel.
Result<limbus::NetworkScores> readScores(Limbus& limbus, const void* scores, bool halves,
                                         limbus::Dims shape) {
  if (!limbus.hasImage) return limbus::fail(ErrorCode::badArgument, "no image was preprocessed");
  if (shape[0] == 0) shape.erase(shape.begin());
  const float* values = static_cast<const float*>(scores);
  std::vector<float> floats;
  if (halves) {
    const auto* from = static_cast<const std::uint16_t*>(scores);
    floats.resize(static_cast<std::size_t>(limbus::elementCount(shape)));
    std::transform(from, from + floats.size(), floats.begin(), limbus::halfToFloat);
    values = floats.data();
  }
  const limbus::Manifest& manifest = limbus.manifest;
  Result<limbus::NetworkScores> field =
      limbus::scoresOf(values, shape, manifest.output, manifest.classes.size());
  if (field && field->own.empty()) field->own = std::move(floats);  // planes already
  return field;
}

// What an outline says that is whole; it is gone then.
int tellFacts(Limbus& limbus, const limbus::OnnxOutline& outline) {
  Result<limbus::OnnxFacts> facts = limbus::inspectOnnx(outline);
  Result<limbus::JoinedOnnx> joined;
  if (facts && !facts->externalFiles.empty()) joined = limbus::joinedOnnx(outline);
  limbus.outline.reset();
  if (!facts) return refuse(limbus, facts.error());
  if (!joined) return refuse(limbus, joined.error());
  limbus.joined = std::move(*joined);
  limbus.text = limbus::dumpJson(factsJson(*facts));
  limbus.facts = std::move(*facts);
  return 0;
}

int follow(Limbus& limbus, limbus::Manifest manifest) {
  limbus.manifest = std::move(manifest);
  limbus.hasManifest = true;
  limbus.hasImage = false;
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
std::uint32_t limbusTextBytes(const Limbus* limbus) {
  return static_cast<std::uint32_t>(limbus->text.size());
}

int limbusInspect(Limbus* limbus, std::uint32_t fileBytes) {
  return guarded(limbus, [&](Limbus& self) {
    self.facts.reset();
    limbus::OnnxOutline& outline = self.outline.emplace(fileBytes);
    return outline.wantedBytes() > 0 ? 0 : tellFacts(self, outline);
  });
}

std::uint32_t limbusInspectOffset(const Limbus* limbus) {
  return limbus->outline ? static_cast<std::uint32_t>(limbus->outline->wantedOffset()) : 0;
}

std::uint32_t limbusInspectBytes(const Limbus* limbus) {
  return limbus->outline ? static_cast<std::uint32_t>(limbus->outline->wantedBytes()) : 0;
}

int limbusInspectGive(Limbus* limbus, const std::uint8_t* slice) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.outline) return refuse(self, ErrorCode::badArgument, "no file is being inspected");
    const std::string_view bytes(reinterpret_cast<const char*>(slice), limbusInspectBytes(limbus));
    if (const auto given = self.outline->give(bytes); !given) {
      self.outline.reset();
      return refuse(self, given.error());
    }
    return self.outline->wantedBytes() > 0 ? 0 : tellFacts(self, *self.outline);
  });
}

int limbusJoin(Limbus* limbus) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.facts || self.joined.files.empty())
      return refuse(self, ErrorCode::notFound, "no file with external data was inspected");
    self.numbers = {static_cast<double>(self.joined.parts.size())};
    for (const limbus::JoinedPart& part : self.joined.parts) {
      self.numbers.push_back(part.source);
      self.numbers.push_back(static_cast<double>(part.offset));
      self.numbers.push_back(static_cast<double>(part.bytes));
    }
    self.text = self.joined.text;
    return 0;
  });
}

int limbusUseManifest(Limbus* limbus, const char* json) {
  return guarded(limbus, [&](Limbus& self) {
    Result<limbus::Manifest> manifest = limbus::parseManifest(json);
    if (!manifest) return refuse(self, manifest.error());
    self.text = limbus::toJson(*manifest);
    return follow(self, std::move(*manifest));
  });
}

int limbusUseFileManifest(Limbus* limbus) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.facts || !self.facts->manifest)
      return refuse(self, ErrorCode::notFound, "no file with a manifest was inspected");
    return follow(self, *self.facts->manifest);
  });
}

int limbusCheckInterface(Limbus* limbus) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.facts) return refuse(self, ErrorCode::notFound, "no file was inspected");
    if (!self.hasManifest) return refuse(self, ErrorCode::badArgument, "no manifest is in use");
    const Result<limbus::OnnxInterface> ports = limbus::imageInterface(*self.facts);
    if (!ports) return refuse(self, ports.error());
    if (const auto fits = limbus::checkInterface(*ports, self.manifest); !fits)
      return refuse(self, fits.error());
    const limbus::ImagePort output = *limbus::chosenOutput(*ports, self.manifest.output);
    self.text = limbus::dumpJson({{"input", portJson(ports->input)}, {"output", portJson(output)}});
    return 0;
  });
}

int limbusManifestEntry(Limbus* limbus, const char* json) {
  return guarded(limbus, [&](Limbus& self) {
    const Result<limbus::Manifest> manifest = limbus::parseManifest(json);
    if (!manifest) return refuse(self, manifest.error());
    self.text = limbus::manifestEntry(*manifest);
    return 0;
  });
}

int limbusInputPresets(Limbus* limbus) {
  return guarded(limbus, [&](Limbus& self) {
    Json list = Json::array();
    for (const limbus::InputPreset& preset : limbus::inputPresets())
      list.push_back({{"name", preset.name},
                      {"summary", preset.summary},
                      {"order", preset.order == limbus::Colour::bgr ? "bgr" : "rgb"},
                      {"mean", preset.mean},
                      {"std", preset.std}});
    self.text = limbus::dumpJson(list);
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
    if (self.manifest.input.layout == limbus::Layout::nhwc)
      self.prepared.tensor = limbus::interleaved(self.prepared.tensor);
    const limbus::Dims& dims = self.prepared.tensor.shape;
    for (std::size_t i = 0; i < self.shape.size(); ++i)
      self.shape[i] = static_cast<std::int32_t>(dims[i]);
    self.hasImage = true;
    return 0;
  });
}

const float* limbusTensor(const Limbus* limbus) { return limbus->prepared.tensor.values.data(); }
const std::uint16_t* limbusTensorHalves(Limbus* limbus) {
  const int status = guarded(limbus, [](Limbus& self) {
    const std::vector<float>& values = self.prepared.tensor.values;
    self.halves.resize(values.size());
    std::transform(values.begin(), values.end(), self.halves.begin(), limbus::floatToHalf);
    return 0;
  });
  return status == 0 ? limbus->halves.data() : nullptr;
}
const std::int32_t* limbusTensorShape(const Limbus* limbus) { return limbus->shape.data(); }

int limbusPostprocess(Limbus* limbus, const void* scores, int halves, int first, int second,
                      int third) {
  return guarded(limbus, [&](Limbus& self) {
    const Result<limbus::NetworkScores> field =
        readScores(self, scores, halves, {first, second, third});
    if (!field) return refuse(self, field.error());
    return analyseMask(
        self, limbus::upsampleArgmax(field->values(), field->channels, field->height, field->width,
                                     self.manifest.output, self.prepared.placement));
  });
}

int limbusPostprocessIndices(Limbus* limbus, const std::uint8_t* classes, int height, int width) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.hasImage) return refuse(self, ErrorCode::badArgument, "no image was preprocessed");
    return analyseMask(self, limbus::placeMask(classes, height, width, self.prepared.placement));
  });
}

int limbusAnalyse(Limbus* limbus, const std::uint8_t* mask, int width, int height) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.hasManifest) return refuse(self, ErrorCode::badArgument, "no manifest is in use");
    limbus::Mask copy(width, height, 1);
    copy.pixels.assign(mask, mask + copy.pixels.size());
    return analyseMask(self, std::move(copy));
  });
}

int limbusBeginProbabilities(Limbus* limbus, const void* scores, int halves, int first, int second,
                             int third) {
  return guarded(limbus, [&](Limbus& self) {
    self.scores.reset();
    Result<limbus::NetworkScores> field = readScores(self, scores, halves, {first, second, third});
    if (!field) return refuse(self, field.error());
    self.scores = std::move(*field);
    return 0;
  });
}

int limbusProbabilities(Limbus* limbus, int firstRow, int rows) {
  return guarded(limbus, [&](Limbus& self) {
    if (!self.scores || !self.hasImage)
      return refuse(self, ErrorCode::badArgument, "no scores of this image were given");
    const limbus::NetworkScores& field = *self.scores;
    Result<std::vector<float>> values =
        limbus::probabilities(field.values(), field.channels, field.height, field.width,
                              self.manifest.output, self.prepared.placement, {firstRow, rows});
    if (!values) return refuse(self, values.error());
    self.probabilityRows = std::move(*values);
    return 0;
  });
}

const float* limbusProbabilityRows(const Limbus* limbus) { return limbus->probabilityRows.data(); }

void limbusEndProbabilities(Limbus* limbus) {
  limbus->scores.reset();
  limbus->probabilityRows = {};
}

const std::uint8_t* limbusMask(const Limbus* limbus) { return limbus->mask.pixels.data(); }
const double* limbusAnalysis(const Limbus* limbus) { return limbus->analysis.data(); }

std::uint32_t limbusClassColour(std::uint32_t index) {
  const limbus::Rgb colour = limbus::classColour(index);
  return static_cast<std::uint32_t>(colour[0] << 16 | colour[1] << 8 | colour[2]);
}

int limbusEyePresets(Limbus* limbus) {
  return guarded(limbus, [&](Limbus& self) {
    Json list = Json::array();
    for (const limbus::EyePresetRow& row : limbus::eyePresets())
      list.push_back({{"name", row.name},
                      {"summary", row.summary},
                      {"width", row.width},
                      {"height", row.height}});
    self.text = limbus::dumpJson(list);
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
    self.renderFacts = limbus::numbersOf(self.render);
    return 0;
  });
}

const double* limbusRenderFacts(const Limbus* limbus) { return limbus->renderFacts.data(); }
const std::uint8_t* limbusRenderImage(const Limbus* limbus) {
  return limbus->render.image.pixels.data();
}
const std::uint8_t* limbusRenderMask(const Limbus* limbus) {
  return limbus->render.mask.pixels.data();
}
