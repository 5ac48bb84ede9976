#include "shared/model/foreign.h"

#include <algorithm>

#include "shared/model/foreign_rewriter.h"

namespace limbus {

tl::unexpected<Error> lacks(std::string message) {
  return fail(ErrorCode::unsupported, std::move(message));
}

const std::vector<ForeignRewriter::RuleRow>& ForeignRewriter::rules() {
  static const std::vector<RuleRow> rows = {
      {"Constant", &ForeignRewriter::constant},
      {"Identity", &ForeignRewriter::same},
      {"Dropout", &ForeignRewriter::same},
      {"Cast", &ForeignRewriter::cast},
      {"Transpose", &ForeignRewriter::transpose},
      {"Squeeze", &ForeignRewriter::squeeze},
      {"Conv", &ForeignRewriter::convolution},
      {"ConvTranspose", &ForeignRewriter::convolution},
      {"BatchNormalization", &ForeignRewriter::batchNorm},
      {"MaxPool", &ForeignRewriter::pool},
      {"AveragePool", &ForeignRewriter::pool},
      {"GlobalAveragePool", &ForeignRewriter::unary},
      {"Pow", &ForeignRewriter::power},
      {"Gelu", &ForeignRewriter::spelledOut},
      {"Mish", &ForeignRewriter::spelledOut},
      {"PRelu", &ForeignRewriter::prelu},
      {"Clip", &ForeignRewriter::clip},
      {"Concat", &ForeignRewriter::concat},
      {"Add", &ForeignRewriter::arithmetic},
      {"Sub", &ForeignRewriter::arithmetic},
      {"Mul", &ForeignRewriter::arithmetic},
      {"Div", &ForeignRewriter::arithmetic},
      {"Upsample", &ForeignRewriter::resize},
      {"Resize", &ForeignRewriter::resize},
      {"Slice", &ForeignRewriter::slice},
      {"Split", &ForeignRewriter::split},
      {"GroupNormalization", &ForeignRewriter::groupNorm},
      {"InstanceNormalization", &ForeignRewriter::groupNorm},
      {"Reshape", &ForeignRewriter::reshape},
      {"Flatten", &ForeignRewriter::flatten},
      {"Unsqueeze", &ForeignRewriter::unsqueeze},
      {"Gemm", &ForeignRewriter::gemm},
      {"Pad", &ForeignRewriter::pad},
      {"ReduceMean", &ForeignRewriter::reduceMean},
      {"Softmax", &ForeignRewriter::softmax},
      {"LogSoftmax", &ForeignRewriter::softmax},
      {"ArgMax", &ForeignRewriter::argmax},
      {"DepthToSpace", &ForeignRewriter::asItIs},
      {"Gather", &ForeignRewriter::asItIs},
      {"MaxUnpool", &ForeignRewriter::asItIs},
  };
  return rows;
}

std::string_view ForeignRewriter::valueOf(std::string_view name) const {
  for (auto found = aliases_.find(name); found != aliases_.end(); found = aliases_.find(name)) {
    name = found->second;
  }
  return name;
}

const AxisOrder& ForeignRewriter::orderOf(std::string_view name) const {
  const auto found = orders_.find(name);
  return found == orders_.end() ? kPlanes : found->second;
}

int ForeignRewriter::channelsOf(std::string_view value) const {
  const auto found = channels_.find(valueOf(value));
  return found == channels_.end() ? 0 : found->second;
}

// The output stands for the first input.
void ForeignRewriter::lookThrough(const OnnxNode& node) {
  aliases_[node.outputs[0]] = valueOf(node.inputs[0]);  // so that no chain grows
  orders_[node.outputs[0]] = orderOf(node.inputs[0]);
  if (isVector(node.inputs[0])) vectors_.insert(node.outputs[0]);
  if (indices_.count(node.inputs[0]) > 0) indices_.insert(node.outputs[0]);
}

// With the names behind aliases, and a name of its own. All outputs have the order of the inputs.
Result<void> ForeignRewriter::emit(OnnxNode node, std::int64_t channels) {
  if (channels > kMostChannels) return lacks("makes " + std::to_string(channels) + " channels");
  const auto isFree = [&](std::string_view name) {
    return !name.empty() && name == onnxText(name) && names_.insert(name).second;
  };
  if (!isFree(node.name)) {
    node.name = node.outputs[0];
    if (!isFree(node.name)) node.name = parts_.fresh("node", "");
  }
  std::set<std::string_view> constants;
  for (std::string_view& input : node.inputs) {
    input = valueOf(input);
    // One constant in two places of a node, as tools that merge equal ones write it.
    const OnnxTensor* tensor = parts_.tensor(input);
    if (tensor && !constants.insert(input).second) input = parts_.addAs("again", *tensor);
  }
  node.domain = {};
  node.doc = {};
  for (const std::string_view output : node.outputs) {
    if (channels > 0) channels_[output] = static_cast<int>(channels);
  }
  nodes_.push_back(std::move(node));
  return {};
}

// One whose row of the op table reads it in any file.
Result<void> ForeignRewriter::asItIs(OnnxNode& node) {
  if (auto planes = planesOnly(node); !planes) return planes;
  return emit(std::move(node), 0);
}

Result<void> ForeignRewriter::planesOnly(const OnnxNode& node) const {
  for (const std::string_view input : node.inputs) {
    if (orderOf(input) != kPlanes) return lacks("computes on values that are not [N,C,H,W]");
  }
  return {};
}

Result<void> ForeignRewriter::ports() {
  OnnxGraph& graph = file_.graph;
  std::set<std::string_view> constants;
  for (const OnnxTensor& tensor : graph.initializers) {
    constants.insert(tensor.name);
    addConstant(tensor.name, tensor);
  }
  std::erase_if(graph.inputs,
                [&](const OnnxValue& input) { return constants.count(input.name) > 0; });
  if (graph.inputs.size() != 1 || graph.inputs[0].shape.size() != 4) {
    return lacks("expected one input of images, got " + std::to_string(graph.inputs.size()) +
                 " inputs");
  }
  OnnxValue& input = graph.inputs[0];
  if (manifest_.input.layout == Layout::nhwc) {
    orders_[input.name] = kPixels;
    std::rotate(input.shape.begin() + 1, input.shape.end() - 1, input.shape.end());
  }
  input.type = kOnnxFloat;  // halves are floats here
  if (input.shape[1].value < 1) input.shape[1].value = manifest_.input.channels();
  if (input.shape[1].value > kMostChannels) return lacks("the input has too many channels");
  channels_[input.name] = static_cast<int>(input.shape[1].value);
  defined_.insert(input.name);
  const std::string& wanted = manifest_.output.name;
  for (const OnnxValue& output : graph.outputs) {
    if (!wanted.empty() && output.name != wanted) continue;
    graph.outputs = {OnnxValue(output)};
    return {};
  }
  return lacks("the file has no output '" + wanted + "'");
}

// By a name that files of ours may have.
void ForeignRewriter::addConstant(std::string_view name, OnnxTensor tensor) {
  tensor.name = name;
  if (name == onnxText(name)) return parts_.add(tensor);
  aliases_[name] = parts_.addAs("renamed", tensor);
}

// Each value once, and none before what it is computed from: no alias leads back to itself.
Result<void> ForeignRewriter::checkOrder(const OnnxNode& node) {
  const auto isConstant = [&](std::string_view name) {
    return parts_.tensor(valueOf(name)) != nullptr;
  };
  for (const std::string_view input : node.inputs) {
    if (!input.empty() && defined_.count(input) == 0 && !isConstant(input)) {
      return lacks("reads " + onnxQuoted(input) + ", which nothing before it gives");
    }
  }
  for (const std::string_view output : node.outputs) {
    if (output.empty()) continue;
    if (isConstant(output) || !defined_.insert(output).second) {
      return lacks("gives " + onnxQuoted(output) + ", which is there already");
    }
  }
  return {};
}

// Givers before takers, which ONNX demands and not every tool keeps to; what is in order stays so.
// A circle comes last, for checkOrder() to name.
void ForeignRewriter::sortNodes() {
  std::vector<OnnxNode>& nodes = file_.graph.nodes;
  std::map<std::string_view, std::size_t> givers;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view output : nodes[i].outputs) givers.emplace(output, i);
  }
  givers.erase("");
  std::vector<std::vector<std::size_t>> takers(nodes.size());
  std::vector<std::size_t> waits(nodes.size());
  std::set<std::size_t> ready;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view input : nodes[i].inputs) {
      const auto giver = givers.find(input);
      if (giver == givers.end()) continue;
      takers[giver->second].push_back(i);
      ++waits[i];
    }
    if (waits[i] == 0) ready.insert(i);
  }
  std::vector<OnnxNode> sorted;
  while (!ready.empty()) {
    const std::size_t next = *ready.begin();
    ready.erase(ready.begin());
    sorted.push_back(std::move(nodes[next]));
    for (const std::size_t taker : takers[next]) {
      if (--waits[taker] == 0) ready.insert(taker);
    }
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (waits[i] > 0) sorted.push_back(std::move(nodes[i]));
  }
  nodes = std::move(sorted);
}

// Nodes that the output depends on.
void ForeignRewriter::keepNeeded() {
  std::set<std::string_view> needed = {file_.graph.outputs[0].name};
  std::vector<OnnxNode> kept;  // the last first
  for (auto node = file_.graph.nodes.rbegin(); node != file_.graph.nodes.rend(); ++node) {
    const bool wanted =
        std::any_of(node->outputs.begin(), node->outputs.end(),
                    [&](std::string_view output) { return needed.count(output) > 0; });
    if (!wanted) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    kept.push_back(std::move(*node));
  }
  std::reverse(kept.begin(), kept.end());
  file_.graph.nodes = std::move(kept);
}

Result<void> ForeignRewriter::rewrite(OnnxNode node) {
  if (node.outputs.empty()) return {};
  // A node of a few bytes may ask for a constant of each channel.
  constexpr std::int64_t kMostMadeBytes = std::int64_t{1} << 26;
  if (static_cast<std::int64_t>(parts_.madeBytes()) > kMostMadeBytes + 8 * file_.storedNumbers) {
    return lacks("would take more constants than the file holds");
  }
  // Trailing optional inputs that are left out.
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
  for (std::string_view& input : node.inputs) {
    if (parts_.tensor(valueOf(input))) input = valueOf(input);  // constants behind casts
  }
  const AxisOrder order = node.inputs.empty() ? kPlanes : orderOf(node.inputs[0]);
  if (node.type == "Shape" && !node.inputs.empty()) node.inputs[0] = valueOf(node.inputs[0]);
  if (auto sizes = sizesComputed(parts_, node, order)) {
    for (KnownInteger& size : *sizes) {  // channels are the same for every image
      if (size.isSize(1) && channelsOf(size.source) > 0)
        size = {.constant = channelsOf(size.source)};
    }
    parts_.setKnown(node.outputs[0], std::move(*sizes));
    return {};
  }
  const auto isOfGroups = [&](std::string_view input) {
    if (node.type == "Reshape") return false;
    return (groupNorms_.count(input) > 0 && node.type != "InstanceNormalization") ||
           (shuffles_.count(input) > 0 && node.type != "Transpose");
  };
  if (std::any_of(node.inputs.begin(), node.inputs.end(), isOfGroups)) {
    return lacks("computes on groups of channels");
  }
  const auto isVectorHere = [&](std::string_view input) { return isVector(input); };
  if (std::any_of(node.inputs.begin(), node.inputs.end(), isVectorHere) &&
      !takesVectors(node.type)) {
    return lacks("computes on a vector");
  }
  const bool standard = node.domain.empty() || node.domain == "ai.onnx";
  for (const RuleRow& row : rules()) {
    if (!standard || node.type != row.type) continue;
    const bool hasInput = !node.inputs.empty() && !node.inputs[0].empty();
    if (!hasInput && node.type != "Constant") return lacks("has no input");
    return (this->*row.rule)(node);
  }
  if (standard && isOfEachValue(node.type) && !node.inputs.empty()) return unary(node);
  ++unknown_[onnxText(node.type)];
  return {};
}

// The output by its name behind aliases, and as the manifest says that it lies.
Result<void> ForeignRewriter::end() {
  OnnxValue& output = file_.graph.outputs[0];
  const bool pixels = manifest_.output.layout == Layout::nhwc;
  const bool indices = manifest_.output.kind == OutputKind::argmax;
  if (!indices && orderOf(output.name) != (pixels ? kPixels : kPlanes) &&
      output.shape.size() == 4) {
    return lacks(std::string("the output does not lie as ") + (pixels ? "nhwc" : "nchw"));
  }
  output.name = valueOf(output.name);
  output.shaped = false;
  output.shape.clear();
  return {};
}

Result<OnnxFile> ForeignRewriter::run() {
  if (opset() < 7 || opset() > 22) {
    return lacks("opset " + std::to_string(opset()) + " is not read here; 7 to 22 are");
  }
  if (auto ok = ports(); !ok) return fail(ok.error());
  sortNodes();
  keepNeeded();
  std::vector<std::string> refused;
  for (const OnnxNode& node : file_.graph.nodes) {
    Result<void> done = checkOrder(node);
    if (done) done = rewrite(node);
    if (done) continue;
    refused.push_back(onnxText(node.type) + " " + onnxQuoted(node.name) + " " +
                      done.error().message);
  }
  std::string lacking;
  for (const auto& [type, count] : unknown_) {
    lacking += (lacking.empty() ? "operations that are not known here: " : ", ") + type +
               (count > 1 ? " (" + std::to_string(count) + ")" : "");
  }
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < refused.size() && i < kShown; ++i) {
    lacking += (lacking.empty() ? "" : "; ") + refused[i];
  }
  if (refused.size() > kShown) {
    lacking += "; and " + std::to_string(refused.size() - kShown) + " more nodes";
  }
  if (!lacking.empty()) return lacks(lacking);
  if (auto ok = end(); !ok) return fail(ok.error());
  file_.graph.nodes = std::move(nodes_);
  file_.graph.initializers = parts_.tensors();
  return std::move(file_);
}

Result<ForeignOnnx> inOurWords(OnnxFile file, const Manifest& manifest) {
  ForeignOnnx foreign;
  Result<OnnxFile> rewritten = ForeignRewriter(std::move(file), manifest, foreign.kept).run();
  if (!rewritten) return fail(rewritten.error());
  foreign.file = std::move(*rewritten);
  return foreign;
}

}  // namespace limbus
