// What an ONNX file takes and gives, read as images: what can run here at all, what its manifest
// must fit, and what a manifest for a foreign file can start from.
//
// Nothing is guessed from values. What a file states (sizes, channels, element types, names in its
// metadata, the operation that an output comes from) is taken over; what it leaves open stays open.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shared/manifest.h"
#include "shared/onnx/facts.h"
#include "shared/result.h"

namespace limbus {

// A tensor of images; dimensions that the file leaves open are absent.
struct ImagePort {
  std::string name;
  std::string type;  // "float", "float16"; of class indices "int64" and the like
  bool shaped = true;
  Layout layout = Layout::nchw;  // as the dimensions say (interface.cpp)
  std::optional<int> batch, channels, height, width;

  bool half() const { return type == "float16"; }
};

struct OnnxInterface {
  ImagePort input;
  std::vector<ImagePort> outputs;  // those that may be masks, in the file's order; one at least
};

// Errors name what cannot run: several inputs, an input or outputs that are no images.
Result<OnnxInterface> imageInterface(const OnnxFacts& facts);

// The output that the manifest means.
Result<ImagePort> chosenOutput(const OnnxInterface& ports, const OutputSpec& spec);

// That the manifest fits what the file states; errors say where it does not.
Result<void> checkInterface(const OnnxInterface& ports, const Manifest& manifest);

// A manifest from what the file states, which takes the given one of ports.outputs; width and
// height of the input are 0 where they are open.
Manifest draftManifest(const OnnxFacts& facts, const OnnxInterface& ports,
                       std::size_t outputIndex = 0);

}  // namespace limbus
