// The contract of one model: what it wants to see and what it means by what it says.
//
// Travels inside the .onnx as the metadata entry "limbus.manifest" (JSON, one line). Everything
// that is done to an image before the network and to its output afterwards is read from here and
// nowhere else. Unknown keys are refused; every error names its place: "manifest.input.width: ...".
//
//   {"formatVersion": 1, "name": "eyes", "description": "", "licence": "MIT", "trainingData": "",
//    "input": {"width": 400, "height": 640, "colour": "grey", "resize": "none",
//              "interpolation": "linear", "gamma": 0.8,
//              "clahe": {"clipLimit": 1.5, "tilesX": 8, "tilesY": 8},
//              "pad": {"to": "multiple", "multiple": 8, "fill": "replicate", "value": 0,
//                      "place": "end"},
//              "normalise": {"by": "constants", "mean": [0.5], "std": [0.25]}},
//    "classes": [{"name": "background", "colour": "#202028", "role": "background"}, ...],
//    "output": {"kind": "logits", "stride": 8, "alignCorners": false},
//    "regions": {"rule": "byRole", "minAreaPx": 16},
//    "learnedParameters": 242662, "scores": {"openeds2019 mIoU": 0.95}}
//
// formatVersion, input.width, input.height, classes and each class's name must be given; what else
// is left out takes the defaults below (a class without a colour takes one of class_colours.h;
// "clahe" absent or null: none; normalise by image takes "minDeviation").
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"

namespace limbus {

class OptionVisitor;  // options/options.h

enum class Colour { grey, rgb, bgr };
// Of a file's tensors. Ours are planes; TensorFlow's exporters write pixels.
enum class Layout {
  nchw,
  nhwc,
};
enum class ResizeRule {
  none,     // the network sees source pixels
  stretch,  // to width x height, aspect ratio not kept
  fit,      // the largest size inside width x height that keeps the aspect ratio
  shrink,   // fit for images that are larger than width x height; others keep their pixels
};
enum class Interpolation { nearest, linear, area, cubic };
enum class PadRule {
  box,       // up to width x height (after fit)
  multiple,  // up to the next multiple of `multiple`
};
enum class PadFill { constant, replicate, reflect };
enum class PadPlace { centre, end };  // end: right and bottom only
enum class Normalise {
  constants,  // (v / 255 - mean) / std, per channel
  image,      // (v - image mean) / max(image deviation, minDeviation), over the unpadded content
};

struct Clahe {
  double clipLimit = 1.5;
  int tilesX = 8;
  int tilesY = 8;

  void describe(OptionVisitor& v);
};

constexpr int kMaxSide = 16384;  // of an image and of the network input, px

// Steps in this order: colour, resize, gamma, CLAHE, pad, normalise. All but the last on 8 bits.
struct InputSpec {
  int width = 0;  // for ResizeRule::none: the usual size; others are accepted
  int height = 0;
  Colour colour = Colour::grey;
  ResizeRule resize = ResizeRule::none;
  Interpolation interpolation = Interpolation::linear;
  double gamma = 1.0;  // out = 255 * (in / 255) ^ gamma, truncated to 8 bits
  std::optional<Clahe> clahe;
  PadRule pad = PadRule::multiple;
  int multiple = 8;
  PadFill padFill = PadFill::replicate;
  int padValue = 0;
  PadPlace padPlace = PadPlace::end;
  Normalise normalise = Normalise::constants;
  std::vector<double> mean;   // per channel, of values in [0,1]; empty: 0
  std::vector<double> std;    // per channel; empty: 1
  double minDeviation = 1.0;  // grey levels, for Normalise::image

  // Of foreign files; recipes have neither.
  Layout layout = Layout::nchw;
  int planes = 0;  // channels of the network, which repeat the colours in turn; 0: as many as those

  int colours() const { return colour == Colour::grey ? 1 : 3; }
  int channels() const { return planes > 0 ? planes : colours(); }
  void describe(OptionVisitor& v);
};

struct ClassSpec {
  std::string name;  // "pupil"
  std::array<std::uint8_t, 3> colour{};
  std::string role;  // "" | background | sclera | iris | pupil: what measurements may rely on
};

enum class OutputKind {
  logits,         // of any size; softmax makes probabilities of them, or sigmoid with a threshold
  probabilities,  // in [0,1] already
  argmax,         // class indices
};
enum class RegionRule {
  byRole,  // of the roles pupil and iris the largest, of any other class all
  all,
  largest,  // one of each class
};

struct OutputSpec {
  OutputKind kind = OutputKind::logits;
  int stride = 1;             // input pixels per output pixel
  bool alignCorners = false;  // the corner rule of the upsampling that follows

  // Of foreign files.
  std::string name = {};  // which of several outputs; empty: the first
  Layout layout = Layout::nchw;
  // Class 0 has no channel: it is where no other class is more probable than this. One channel and
  // two classes are the usual case.
  std::optional<double> threshold = {};

  // How many channels stand for so many classes.
  std::size_t channels(std::size_t classes) const { return threshold ? classes - 1 : classes; }
  void describe(OptionVisitor& v);
};

struct RegionSpec {
  RegionRule rule = RegionRule::byRole;
  int minAreaPx = 16;  // source pixels
  double neck = 0;     // see partsOf; 0: what touches is one region

  void describe(OptionVisitor& v);
};

struct Manifest {
  static constexpr int currentFormatVersion = 1;
  static constexpr const char* metadataKey = "limbus.manifest";

  int formatVersion = currentFormatVersion;
  std::string name;
  std::string description;
  std::string licence;
  std::string trainingData;
  InputSpec input;
  std::vector<ClassSpec> classes;
  OutputSpec output;
  RegionSpec regions;
  // As trained: with batch norms, which are folded away in the file, and auxiliary heads, which are
  // left out of it.
  std::int64_t learnedParameters = 0;
  std::map<std::string, double> scores;  // "openeds2019-renders mIoU": 93.1

  void describe(OptionVisitor& v);
};

Result<Manifest> parseManifest(std::string_view json);
// One line, keys in the order of the struct. Writes what is out of range too, which the reader
// refuses; writeOnnx therefore reads back what it writes.
std::string toJson(const Manifest& manifest);

// The list under "classes", for recipes and manifests: 2 to 255, no name and no role twice.
// `shorthand`: the key that a class may be the value of, in place of an object; null: none.
void describeClasses(OptionVisitor& v, std::vector<ClassSpec>& classes,
                     const char* shorthand = nullptr);

// The same ranges for a spec that did not come through the reader: sides of 1 to 16384, gamma 0.001
// to 1000, clipLimit 0.001 to 1000000, tiles 1 to 64, multiple 1 to 512, pad value 0 to 255, mean
// -1000 to 1000, std 0.000001 to 1000000, minDeviation 0.001 to 255.
Result<void> checkInputSpec(const InputSpec& spec, const std::string& where);

}  // namespace limbus
