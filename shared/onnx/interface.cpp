#include "shared/onnx/interface.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "shared/class_colours.h"
#include "shared/image.h"
#include "shared/onnx/class_names.h"

namespace limbus {
namespace {

constexpr int kFewChannels = 16;  // what an image has at most; sides are longer

std::optional<int> fixed(const std::string& dim) {
  const bool number =
      !dim.empty() && dim.size() < 9 && dim.find_first_not_of("0123456789") == std::string::npos;
  if (!number || std::stoi(dim) < 1) return std::nullopt;
  return std::stoi(dim);
}

std::string describeInfo(const OnnxTensorInfo& info) {
  std::string text = "'" + info.name + "' is " + info.type;
  if (!info.shaped) return text + " of unknown shape";
  text += " [";
  for (std::size_t i = 0; i < info.shape.size(); ++i) text += (i ? "," : "") + info.shape[i];
  return text + "]";
}

bool isFloat(const std::string& type) { return type == "float" || type == "float16"; }

bool isWhole(const std::string& type) {
  return type == "int64" || type == "int32" || type == "uint8" || type == "bool";
}

// Sides of the image's shape, as of one that was shrunk; all of them are known.
bool isShapedAs(const std::optional<int>& height, const std::optional<int>& width,
                const ImagePort& image) {
  if (!height || !width || !image.height || !image.width) return false;
  const std::int64_t bent =
      std::int64_t{*height} * *image.width - std::int64_t{*width} * *image.height;
  return std::abs(bent) <= std::max(*image.width, *image.height);  // sides rounded up
}

// [N,C,H,W] unless only the last dimension can be channels. Where both can be it is what leaves an
// output the shape of the `image` that goes in, or what that has; of the input itself, which goes
// by no other, the fewer are channels.
Layout layoutOf(const std::vector<std::optional<int>>& dims, int mostChannels,
                const ImagePort* image) {
  const std::optional<int>&second = dims[1], &last = dims[3];
  if (!last || *last > mostChannels) return Layout::nchw;
  if (!second || *second > mostChannels) return Layout::nhwc;
  if (image == nullptr) return *last < *second ? Layout::nhwc : Layout::nchw;
  const bool planes = isShapedAs(dims[2], last, *image);
  const bool pixels = isShapedAs(second, dims[2], *image);
  return planes == pixels ? image->layout : planes ? Layout::nchw : Layout::nhwc;
}

ImagePort portOf(const OnnxTensorInfo& info, int mostChannels, const ImagePort* image = nullptr) {
  ImagePort port;
  port.name = info.name;
  port.type = info.type;
  port.shaped = info.shaped;
  if (!info.shaped) return port;
  std::vector<std::optional<int>> dims;
  for (const std::string& dim : info.shape) dims.push_back(fixed(dim));
  port.batch = dims[0];
  if (dims.size() == 3) {  // [N,H,W]
    port.channels = 1;
    port.height = dims[1];
    port.width = dims[2];
    return port;
  }
  port.layout = layoutOf(dims, mostChannels, image);
  const bool planes = port.layout == Layout::nchw;
  port.channels = dims[planes ? 1 : 3];
  port.height = dims[planes ? 2 : 1];
  port.width = dims[planes ? 3 : 2];
  return port;
}

// An output that may be a mask or a field of scores.
bool maybeMask(const OnnxTensorInfo& info) {
  if (!isFloat(info.type) && !isWhole(info.type)) return false;
  return !info.shaped || info.shape.size() == 3 || info.shape.size() == 4;
}

// What YOLO and YOLACT mix the masks of single objects from.
constexpr int kPrototypes = 32;

// Rows of boxes and the like: three dimensions that the metadata calls so, as Ultralytics writes
// it, or whose last two are not the image's, shrunk alike.
bool isRows(const OnnxFacts& facts, const OnnxTensorInfo& info, const ImagePort& image) {
  if (!info.shaped || info.shape.size() != 3) return false;
  const auto task = facts.metadata.find("task");
  static const std::set<std::string> boxes = {"detect", "segment", "pose", "obb"};
  if (task != facts.metadata.end() && boxes.count(task->second) > 0) return true;
  const std::optional<int> height = fixed(info.shape[1]), width = fixed(info.shape[2]);
  if (!height || !width || !image.height || !image.width) return false;
  return !isShapedAs(height, width, image);
}

// Boxes whose rows end in coefficients, beside the planes that these mix masks from.
bool answersInstances(const OnnxFacts& facts, const ImagePort& image) {
  const auto task = facts.metadata.find("task");
  bool rows = false, said = task != facts.metadata.end() && task->second == "segment";
  for (const OnnxTensorInfo& info : facts.outputs) {
    if (isRows(facts, info, image)) {
      rows = true;
    } else if (info.shaped && info.shape.size() == 4) {
      said = said || fixed(info.shape[1]) == kPrototypes || fixed(info.shape[3]) == kPrototypes;
    }
  }
  return rows && said;
}

Error misfit(const std::string& kind, const ImagePort& port, const std::string& has,
             const std::string& says) {
  return {ErrorCode::badData, kind + " '" + port.name + "' has " + has +
                                  ", but the manifest says " + says +
                                  "; the manifest does not fit this file"};
}

// A layout that contradicts the dimensions.
bool contradicts(const ImagePort& port, Layout said) {
  return port.shaped && port.channels && port.layout != said && port.height && port.width &&
         *port.height > kFewChannels && *port.width > kFewChannels;
}

const char* layoutName(Layout layout) { return layout == Layout::nchw ? "nchw" : "nhwc"; }

const OnnxTensorInfo& infoOf(const OnnxFacts& facts, const ImagePort& port) {
  return *std::find_if(facts.outputs.begin(), facts.outputs.end(),
                       [&](const OnnxTensorInfo& info) { return info.name == port.name; });
}

OutputKind kindOf(const OnnxTensorInfo& info) {
  if (isWhole(info.type) || info.madeBy == "ArgMax" || info.argmaxClasses > 0) {
    return OutputKind::argmax;
  }
  const bool shares = info.madeBy == "Sigmoid" || info.madeBy == "Softmax";
  return shares ? OutputKind::probabilities : OutputKind::logits;
}

std::vector<ClassSpec> namedClasses(std::vector<std::string> names) {
  const std::vector<std::string> roles = {"background", "sclera", "iris", "pupil"};
  std::vector<ClassSpec> classes;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string name = names[i];
    if (!taken.insert(name).second) {  // two classes of one name: told apart by their number
      name += " " + std::to_string(i);
      taken.insert(name);
    }
    std::string lower = name;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool role = std::find(roles.begin(), roles.end(), lower) != roles.end();
    classes.push_back({name, classColour(i), role ? lower : ""});
  }
  return classes;
}

// `channels` of the output; 0: unknown.
std::vector<std::string> draftNames(const OnnxFacts& facts, std::size_t channels,
                                    bool withoutBackground) {
  std::vector<std::string> names = classNames(facts.metadata);
  if (withoutBackground) {
    if (names.size() == channels) names.insert(names.begin(), "background");
    if (names.size() == channels + 1) return names;
    names = {"background"};
  } else if (names.size() >= 2 && (channels == 0 || names.size() == channels)) {
    return names;
  } else {
    names = {"background"};
  }
  const std::size_t wanted =
      std::clamp<std::size_t>(withoutBackground ? channels + 1 : channels, 2, kMostClasses);
  while (names.size() < wanted) names.push_back("class " + std::to_string(names.size()));
  return names;
}

void draftInput(const ImagePort& port, InputSpec& input) {
  input.width = port.width.value_or(0);
  input.height = port.height.value_or(0);
  input.layout = port.layout;
  input.colour = port.channels.value_or(3) >= 3 ? Colour::rgb : Colour::grey;
  if (port.channels && *port.channels != input.colours()) input.planes = *port.channels;
  const bool fixed = port.width || port.height;  // every image is brought to it
  input.resize = fixed ? ResizeRule::stretch : ResizeRule::shrink;
  input.multiple = fixed ? 1 : 32;
  const std::size_t channels = static_cast<std::size_t>(input.channels());
  input.mean.assign(channels, 0.0);
  input.std.assign(channels, 1.0);
}

}  // namespace

Result<OnnxInterface> imageInterface(const OnnxFacts& facts) {
  if (facts.inputs.size() != 1) {
    std::string names;
    for (std::size_t i = 0; i < facts.inputs.size() && i < 8; ++i) {
      names += (i ? ", " : ": ") + facts.inputs[i].name;
    }
    return fail(ErrorCode::unsupported, "the network takes " + std::to_string(facts.inputs.size()) +
                                            " inputs" + names + "; expected one image");
  }
  const OnnxTensorInfo& input = facts.inputs[0];
  const bool image = !input.shaped || input.shape.size() == 4;
  if (!isFloat(input.type) || !image) {
    return fail(ErrorCode::unsupported,
                "input " + describeInfo(input) +
                    "; expected images, float or float16 [N,C,H,W] or [N,H,W,C]");
  }
  OnnxInterface ports;
  ports.input = portOf(input, kFewChannels);
  const bool instances = answersInstances(facts, ports.input);
  std::string others;
  for (const OnnxTensorInfo& output : facts.outputs) {
    if (!instances && maybeMask(output) && !isRows(facts, output, ports.input)) {
      ports.outputs.push_back(portOf(output, kMostClasses, &ports.input));
    } else {
      others += (others.empty() ? "" : "; ") + describeInfo(output);
    }
  }
  if (ports.outputs.empty()) {
    const std::string reason =
        facts.outputs.empty() ? "the network has no output"
        : instances ? "the outputs are boxes and prototypes of the masks of single objects "
                      "(instance segmentation), not classes per pixel: " +
                          others
                    : "no output is a mask or has scores per pixel: " + others;
    return fail(ErrorCode::unsupported,
                reason + "; expected [N,classes,h,w], [N,h,w,classes] or [N,h,w]");
  }
  return ports;
}

Result<ImagePort> chosenOutput(const OnnxInterface& ports, const OutputSpec& spec) {
  if (spec.name.empty()) return ports.outputs[0];
  std::string known;
  for (const ImagePort& port : ports.outputs) {
    if (port.name == spec.name) return port;
    known += (known.empty() ? "" : ", ") + port.name;
  }
  return fail(ErrorCode::badData,
              "the manifest takes output '" + spec.name + "'; the file has " + known);
}

Result<void> checkInterface(const OnnxInterface& ports, const Manifest& manifest) {
  const ImagePort& input = ports.input;
  const InputSpec& spec = manifest.input;
  if (contradicts(input, spec.layout)) {
    return fail(misfit("input", input, "layout " + std::string(layoutName(input.layout)),
                       layoutName(spec.layout)));
  }
  if (input.channels && input.layout == spec.layout && *input.channels != spec.channels()) {
    return fail(misfit("input", input, std::to_string(*input.channels) + " channels",
                       std::to_string(spec.channels())));
  }
  const bool box = spec.pad == PadRule::box || spec.resize == ResizeRule::stretch;
  for (const auto& [side, said, axis] : {std::tuple(input.width, spec.width, "width"),
                                         std::tuple(input.height, spec.height, "height")}) {
    if (!side || input.layout != spec.layout) continue;
    const bool padded = spec.pad == PadRule::multiple && said % spec.multiple != 0;
    if (box && *side == said && !padded) continue;
    return fail(misfit("input", input, std::string(axis) + " " + std::to_string(*side),
                       std::to_string(said) +
                           (box ? "" : " for some images and others for others") +
                           (padded ? ", padded to more" : "")));
  }
  const Result<ImagePort> output = chosenOutput(ports, manifest.output);
  if (!output) return fail(output.error());
  if (manifest.output.kind == OutputKind::argmax) return {};
  if (isWhole(output->type)) {
    return fail(misfit("output", *output, "class indices", "scores"));
  }
  const std::size_t expected = manifest.output.channels(manifest.classes.size());
  const std::optional<int> channels = output->channels;
  if (channels && output->layout == manifest.output.layout &&
      static_cast<std::size_t>(*channels) != expected) {
    return fail(misfit("output", *output, std::to_string(*channels) + " channels",
                       std::to_string(manifest.classes.size()) + " classes" +
                           (manifest.output.threshold ? ", the first without a channel" : "")));
  }
  return {};
}

Manifest draftManifest(const OnnxFacts& facts, const OnnxInterface& ports,
                       std::size_t outputIndex) {
  Manifest manifest;
  draftInput(ports.input, manifest.input);
  const ImagePort& output = ports.outputs[outputIndex];
  const OnnxTensorInfo& info = infoOf(facts, output);
  manifest.output.kind = kindOf(info);
  manifest.output.layout = output.layout;
  if (facts.outputs.size() > 1) manifest.output.name = output.name;
  const bool scores = manifest.output.kind != OutputKind::argmax;
  const int channels = scores ? output.channels.value_or(0) : info.argmaxClasses;
  if (channels == 1) manifest.output.threshold = 0.5;
  manifest.classes =
      namedClasses(draftNames(facts, static_cast<std::size_t>(channels), channels == 1));
  if (ports.input.width && output.width && *output.width > 0) {
    manifest.output.stride = std::max(1, *ports.input.width / *output.width);
  }
  return manifest;
}

}  // namespace limbus
