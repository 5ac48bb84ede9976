#include <algorithm>
#include <set>

#include "shared/graph/op.h"
#include "shared/model/foreign.h"
#include "shared/model/foreign_parts.h"
#include "shared/model/onnx_model.h"
#include "shared/onnx/facts.h"
#include "shared/onnx/interface.h"
#include "shared/onnx/proto.h"
#include "shared/ops/onnx_node_reader.h"
#include "shared/ops/shapes.h"

namespace limbus {
namespace {

// Names go into messages, tables and JSON: printable ASCII, as writeOnnx writes them.
bool isPlain(std::string_view name) { return name == onnxText(name); }

std::string knownTypes() {
  std::string names;
  std::set<std::string_view> seen;
  for (const OpRow& row : opTable()) {
    if (!row.onnxType || !seen.insert(row.onnxType).second) continue;
    names += (names.empty() ? "" : ", ") + std::string(row.onnxType);
  }
  return names;
}

Result<Manifest> manifestOf(const OnnxFile& file) {
  const auto found = file.metadata.find(Manifest::metadataKey);
  if (found == file.metadata.end()) {
    return fail(ErrorCode::unsupported,
                "this ONNX file carries no limbus manifest; `limbus manifest` writes one into it");
  }
  return parseManifest(found->second);
}

class GraphReader {
 public:
  explicit GraphReader(const OnnxFile& file) : file_(file) {}

  Result<OnnxModel> read(Manifest manifest);

 private:
  Result<void> initializers();
  Result<void> input();
  Result<void> node(const OnnxNode& onnx);
  Result<void> fixedResize(const OnnxNode& onnx, Node& node) const;
  Result<void> strideDivides(const OnnxNode& onnx, const Node& node) const;
  Result<Dims> shapeOf(ValueId value) const;  // in a file of one size
  Result<void> define(std::string_view name, ValueId value);
  bool computesSizes(const OnnxNode& onnx) const;
  bool isPart(const OnnxNode& onnx) const;
  const OpRow* rowOf(const OnnxNode& onnx) const;
  bool isArgmaxTail(const OnnxNode& onnx) const;
  Result<void> output(OutputKind kind);
  Result<void> weights();
  Result<void> checkShapes() const;

  const OnnxFile& file_;
  OnnxNames names_;
  OnnxModel model_;
  std::string_view result_;           // the value that ends the graph
  std::set<std::string_view> taken_;  // names of values, sizes and initializers
};

Result<void> GraphReader::initializers() {
  for (const OnnxTensor& tensor : file_.graph.initializers) {
    if (!isPlain(tensor.name) || !taken_.insert(tensor.name).second) {
      return fail(ErrorCode::badData,
                  "initializer " + onnxQuoted(tensor.name) + " stands twice or has no plain name");
    }
    names_.initializers[tensor.name] = &tensor;
  }
  return {};
}

Result<void> GraphReader::define(std::string_view name, ValueId value) {
  if (name.empty() || !taken_.insert(name).second) {
    return fail(ErrorCode::badData, "value " + onnxQuoted(name) + " is computed twice");
  }
  names_.values[name] = value;
  return {};
}

Result<void> GraphReader::input() {
  const OnnxGraph& graph = file_.graph;
  const bool one = graph.inputs.size() == 1 && graph.outputs.size() == 1;
  if (!one || graph.inputs[0].type != kOnnxFloat || graph.inputs[0].shape.size() != 4 ||
      graph.inputs[0].shape[1].value < 1 || graph.inputs[0].shape[1].value > (1 << 20)) {
    return fail(ErrorCode::unsupported, "expected one float input [N,C,H,W] and one output, got " +
                                            std::to_string(graph.inputs.size()) + " inputs and " +
                                            std::to_string(graph.outputs.size()) + " outputs");
  }
  model_.graph.inputChannels = static_cast<int>(graph.inputs[0].shape[1].value);
  return define(graph.inputs[0].name, 0);
}

// Shape, and arithmetic on nothing but its results and constants.
bool GraphReader::computesSizes(const OnnxNode& onnx) const {
  if (onnx.type == "Shape") return true;
  bool any = false;
  for (std::string_view input : onnx.inputs) {
    const auto tensor = names_.initializers.find(input);
    const bool constant = tensor != names_.initializers.end() && tensor->second->type == kOnnxInt64;
    const bool computed = names_.integers.count(input) > 0;
    if (!constant && !computed) return false;
    any |= computed;
  }
  return any;
}

// Of an operation that a later node ends: values are no planes until that reshapes them back.
bool GraphReader::isPart(const OnnxNode& onnx) const {
  if (onnx.inputs.empty()) return false;
  const bool goesOn = names_.parts.count(onnx.inputs[0]) > 0;
  if (onnx.type == "Reshape") {
    return onnx.inputs.size() == 2 && (!goesOn || names_.initializers.count(onnx.inputs[1]) > 0);
  }
  return goesOn;
}

// Null: none has this type. Rows that share it differ in the node before.
const OpRow* GraphReader::rowOf(const OnnxNode& onnx) const {
  const auto before = names_.parts.find(onnx.inputs.empty() ? "" : onnx.inputs[0]);
  const OpRow* any = nullptr;
  for (const OpRow& row : opTable()) {
    if (!row.onnxType || onnx.type != row.onnxType) continue;
    any = &row;
    if (before != names_.parts.end() && row.onnxAfter && before->second->type == row.onnxAfter) {
      break;
    }
  }
  return any;
}

bool GraphReader::isArgmaxTail(const OnnxNode& onnx) const {
  if (onnx.type != "ArgMax" || onnx.inputs.size() != 1 || onnx.attributes.size() != 2) return false;
  for (const OnnxAttribute& attribute : onnx.attributes) {
    const std::int64_t expected = attribute.name == "axis" ? 1 : 0;
    if (attribute.name != "axis" && attribute.name != "keepdims") return false;
    if (attribute.integer != expected) return false;
  }
  return &onnx == &file_.graph.nodes.back();
}

Result<void> GraphReader::node(const OnnxNode& onnx) {
  const std::string what = onnxText(onnx.type) + " " + onnxQuoted(onnx.name);
  if (onnx.outputs.empty() || !onnx.domain.empty()) {
    return fail(ErrorCode::unsupported, what + ": must be a standard operation with an output");
  }
  const bool sizes = computesSizes(onnx);
  if (sizes || isPart(onnx)) {
    if (!taken_.insert(onnx.outputs[0]).second) {
      return fail(ErrorCode::badData,
                  "value " + onnxQuoted(onnx.outputs[0]) + " is computed twice");
    }
    (sizes ? names_.integers : names_.parts)[onnx.outputs[0]] = &onnx;
    return {};
  }
  if (isArgmaxTail(onnx)) {
    result_ = onnx.inputs[0];
    return {};
  }
  const OpRow* row = rowOf(onnx);
  if (!row) {
    return fail(ErrorCode::unsupported, what + ": cannot be read back; known: " + knownTypes());
  }
  if (onnx.outputs.size() > 1 + row->moreOutputs.size()) {
    return fail(ErrorCode::unsupported,
                what + ": has " + std::to_string(onnx.outputs.size()) + " outputs, at most " +
                    std::to_string(1 + row->moreOutputs.size()) + " are known");
  }
  const bool asked = findAttribute(onnx, kStrideDivides) != nullptr;
  OnnxNode plain = onnx;
  dropAttribute(plain, kStrideDivides);
  Node node;
  node.op = row->op;
  node.name = std::string(onnx.name.empty() ? onnx.outputs[0] : onnx.name);
  if (!isPlain(node.name)) return fail(ErrorCode::badData, what + ": its name is not plain text");
  const std::size_t before = model_.graph.parameters.size();
  OnnxNodeReader reader(plain, names_, model_.graph, node);
  Result<void> ok = row->readOnnx(reader);
  if (ok) ok = reader.finish();
  if (ok && node.op == Op::resize) ok = fixedResize(onnx, node);
  if (ok && asked) ok = strideDivides(onnx, node);
  if (!ok) return fail(ok.error().code, what + ": " + ok.error().message);
  for (std::size_t i = before; i < model_.graph.parameters.size(); ++i) {
    const auto named = names_.initializers.find(model_.graph.parameters[i].name);
    names_.parameters[named->first] = static_cast<int>(i);
  }
  for (std::string_view output : onnx.outputs) {
    node.outputs.push_back(model_.graph.valueCount++);
    if (ok = define(output, node.outputs.back()); !ok) return ok;
  }
  result_ = onnx.outputs[0];
  model_.graph.nodes.push_back(std::move(node));
  return {};
}

Result<Dims> GraphReader::shapeOf(ValueId value) const {
  const std::vector<OnnxDim>& input = file_.graph.inputs[0].shape;
  Graph sofar = model_.graph;
  sofar.outputs = {{"sofar", value, false}};
  auto shapes = inferShapes(sofar, {1, sofar.inputChannels, input[2].value, input[3].value});
  if (!shapes) return fail(shapes.error());
  return std::move((*shapes)[value]);
}

// What auto_pad adds is what the rewriter took where the stride divides the extent before padding.
Result<void> GraphReader::strideDivides(const OnnxNode& onnx, const Node& node) const {
  const Result<Dims> shape = shapeOf(node.inputs[0]);
  if (!shape) return fail(shape.error());
  const auto kernel = integersOf(onnx, "kernel_shape", {1, 1});
  const auto stride = integersOf(onnx, "strides", {1, 1});
  const auto dilation = integersOf(onnx, "dilations", {1, 1});
  const auto pads = integersOf(onnx, "pads", {0, 0, 0, 0});
  // validate() says what is wrong with a window; here it must only be one that can be divided by.
  const auto isWindow = [](const std::vector<std::int64_t>& sides) {
    return sides.size() == 2 && std::all_of(sides.begin(), sides.end(), [](std::int64_t side) {
             return side >= 1 && side <= kMaxExtent;
           });
  };
  if (!isWindow(kernel) || !isWindow(stride) || !isWindow(dilation) || pads.size() != 4) return {};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t reach = dilation[axis] * (kernel[axis] - 1) + 1;
    const std::int64_t added = std::max<std::int64_t>(0, reach - stride[axis]);
    // Where it is uneven, a node before this one adds it.
    const std::int64_t extent = (*shape)[2 + axis] - (added - pads[axis] - pads[axis + 2]);
    if (extent % stride[axis] == 0) continue;
    return fail(ErrorCode::unsupported,
                "pads by auto_pad with a stride of " + std::to_string(stride[axis]) +
                    " that does not divide an extent of " + std::to_string(extent) +
                    "; export it with explicit pads");
  }
  return {};
}

// A resize to a constant size, in a file of one size: by whole factors, or to that of the input.
Result<void> GraphReader::fixedResize(const OnnxNode& onnx, Node& node) const {
  if (onnx.inputs.size() != 4 || node.inputs.size() != 1) return {};
  const auto sizes = names_.initializers.find(onnx.inputs[3]);
  if (sizes == names_.initializers.end()) return {};
  const std::vector<std::int64_t> wanted = onnxIntegers(*sizes->second);
  const std::vector<OnnxDim>& input = file_.graph.inputs[0].shape;
  if (wanted.size() != 4 || input[2].value < 1 || input[3].value < 1) {
    return fail(ErrorCode::unsupported, "resizes to a constant size in a file of any size");
  }
  const Result<Dims> shape = shapeOf(node.inputs[0]);
  if (!shape) return fail(shape.error());
  const Dims& from = *shape;
  if (wanted[2] % from[2] == 0 && wanted[3] % from[3] == 0) {
    node.attributes["scale"] = std::vector<std::int64_t>{wanted[2] / from[2], wanted[3] / from[3]};
    return {};
  }
  if (wanted[2] != input[2].value || wanted[3] != input[3].value) {
    return fail(ErrorCode::unsupported, "resizes " + describe(from) + " to " +
                                            std::to_string(wanted[2]) + "x" +
                                            std::to_string(wanted[3]) + ", no whole factor");
  }
  node.inputs.push_back(0);
  return {};
}

Result<void> GraphReader::output(OutputKind kind) {
  if (file_.graph.nodes.empty()) {
    return fail(ErrorCode::unsupported,
                "the graph computes nothing: what it gives is its input, or "
                "the same for every image");
  }
  const bool argmax = isArgmaxTail(file_.graph.nodes.back());
  const std::string_view declared = file_.graph.outputs[0].name;
  const std::string_view last = file_.graph.nodes.back().outputs[0];
  const auto value = names_.values.find(argmax ? result_ : declared);
  if (value == names_.values.end() || (argmax && declared != last)) {
    return fail(ErrorCode::badData, "output " + onnxQuoted(declared) + " is computed by no node");
  }
  if (argmax != (kind == OutputKind::argmax)) {
    return fail(ErrorCode::badData, "the manifest and the graph disagree on what the output is");
  }
  model_.graph.outputs = {{"logits", value->second, false}};
  return {};
}

Result<void> GraphReader::weights() {
  for (const Parameter& parameter : model_.graph.parameters) {
    std::vector<float> values = onnxFloats(*names_.initializers.at(parameter.name));
    if (static_cast<std::int64_t>(values.size()) != elementCount(parameter.shape)) {
      return fail(ErrorCode::badData, "initializer " + onnxQuoted(parameter.name) +
                                          " does not fit " + describe(parameter.shape));
    }
    model_.weights[parameter.name] = {parameter.shape, std::move(values)};
  }
  return {};
}

// Channels and sizes fit from the input to the output: at the file's size, or a usual one, or the
// manifest's where the file leaves it open.
Result<void> GraphReader::checkShapes() const {
  constexpr std::int64_t kUsual = 1024;
  const std::vector<OnnxDim>& declared = file_.graph.inputs[0].shape;
  const auto shapesAt = [&](std::int64_t height, std::int64_t width) {
    Dims size{1, model_.graph.inputChannels, height, width};
    for (int axis : {0, 2, 3}) {
      if (declared[axis].value >= 1) size[axis] = declared[axis].value;
    }
    return inferShapes(model_.graph, size);
  };
  auto shapes = shapesAt(kUsual, kUsual);
  if (!shapes) shapes = shapesAt(model_.manifest.input.height, model_.manifest.input.width);
  if (!shapes) return fail(shapes.error());
  const Dims& out = (*shapes)[model_.graph.outputs[0].value];
  const std::size_t classes = model_.manifest.classes.size();
  const auto channels = static_cast<std::int64_t>(model_.manifest.output.channels(classes));
  if (out[1] == channels) return {};
  return fail(ErrorCode::badData, "the manifest names " + std::to_string(classes) +
                                      " classes, the graph gives " + std::to_string(out[1]) +
                                      "; limbus manifest --set 'classes=[...]' names them");
}

Result<OnnxModel> GraphReader::read(Manifest manifest) {
  model_.manifest = std::move(manifest);
  model_.graph.name = onnxText(file_.graph.name);
  if (auto ok = initializers(); !ok) return fail(ok.error());
  if (auto ok = input(); !ok) return fail(ok.error());
  if (model_.manifest.input.channels() != model_.graph.inputChannels) {
    return fail(ErrorCode::badData, "the manifest and the graph disagree on the input's channels");
  }
  for (const OnnxNode& onnx : file_.graph.nodes) {
    if (auto ok = node(onnx); !ok) return fail(ok.error());
  }
  if (auto ok = output(model_.manifest.output.kind); !ok) return fail(ok.error());
  if (auto ok = validate(model_.graph); !ok) return fail(ok.error());
  if (auto ok = checkShapes(); !ok) return fail(ok.error());
  if (auto ok = weights(); !ok) return fail(ok.error());
  return std::move(model_);
}

bool isOurs(const OnnxFile& file) { return file.producer == "limbus" && file.opset == 17; }

Result<OnnxModel> readGraph(const OnnxFile& file, Manifest manifest) {
  // Whatever the file held, the graph's values are planes, and there is one output.
  manifest.input.layout = manifest.output.layout = Layout::nchw;
  manifest.output.name.clear();
  Result<OnnxModel> model = GraphReader(file).read(std::move(manifest));
  // The graph came from a file: whatever is wrong with it is wrong with the data.
  if (!model && model.error().code == ErrorCode::badArgument) {
    return fail(ErrorCode::badData, model.error().message);
  }
  return model;
}

}  // namespace

Result<OnnxModel> readOnnx(std::string_view bytes) {
  Result<OnnxFile> file = parseOnnx(bytes);
  if (!file) return fail(file.error());
  Result<Manifest> manifest = manifestOf(*file);
  if (!manifest) return fail(manifest.error());
  if (isOurs(*file)) return readGraph(*file, std::move(*manifest));
  if (manifest->output.name.empty() && file->graph.outputs.size() > 1) {
    const Result<OnnxFacts> facts = inspectOnnx(bytes);
    if (!facts) return fail(facts.error());
    const Result<OnnxInterface> ports = imageInterface(*facts);
    if (!ports) return fail(ports.error());
    manifest->output.name = chosenOutput(*ports, manifest->output)->name;
  }
  const Result<ForeignOnnx> foreign = inOurWords(std::move(*file), *manifest);
  if (!foreign) return fail(foreign.error());
  return readGraph(foreign->file, std::move(*manifest));
}

}  // namespace limbus
