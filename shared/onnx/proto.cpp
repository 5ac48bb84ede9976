#include "shared/onnx/proto.h"

#include <algorithm>

#include "shared/onnx/other_file.h"
#include "shared/onnx/proto_tensor.h"
#include "shared/onnx/wire.h"

namespace limbus {
namespace {

using namespace onnx_field;

constexpr int kMaxNesting = 8;
constexpr std::size_t kMaxNodes = 200000;
constexpr std::size_t kMaxTensors = 200000;
constexpr std::size_t kMaxValues = 4096;      // graph inputs, outputs
constexpr std::size_t kMaxNodeValues = 4096;  // inputs or outputs of one node
constexpr std::size_t kMaxAttributes = 256;
constexpr std::size_t kMaxListed = 1 << 20;  // numbers in one attribute
constexpr std::size_t kMaxItems = 1 << 21;   // attributes, names and numbers in all
constexpr std::size_t kMaxMetadata = 4096;
constexpr std::size_t kMaxExternalFiles = 4096;

Error damaged(std::string message) { return {ErrorCode::badData, std::move(message)}; }

// Every walk over a message goes through here: `handle` gets each field.
template <class Handle>
Result<void> walk(std::string_view message, const Handle& handle) {
  for (WireReader reader(message); !reader.atEnd();) {
    const Result<WireField> field = reader.next();
    if (!field) return fail(field.error());
    if (Result<void> ok = handle(*field); !ok) return ok;
  }
  return {};
}

Result<void> expectBytes(const WireField& field) {
  if (field.type == WireType::bytes) return {};
  return fail(damaged("a field that holds text or a message is a number"));
}

Result<void> expectVarint(const WireField& field) {
  if (field.type == WireType::varint) return {};
  return fail(damaged("a field that holds a number is something else"));
}

Result<void> readText(const WireField& field, std::string_view& text) {
  if (auto ok = expectBytes(field); !ok) return ok;
  text = field.bytes;
  return {};
}

Result<void> pushText(const WireField& field, std::vector<std::string_view>& list,
                      std::size_t limit) {
  if (list.size() >= limit) return fail(damaged("a list is longer than " + std::to_string(limit)));
  list.emplace_back();
  return readText(field, list.back());
}

class Parser {
 public:
  explicit Parser(OnnxForm form) : form_(form) {}
  Result<OnnxFile> parse(std::string_view bytes);

 private:
  Result<void> model(const WireField& field);
  Result<void> opset(const WireField& field);
  Result<void> metadata(const WireField& field);
  Result<void> function(const WireField& field);
  Result<void> graph(std::string_view message, OnnxGraph& graph, int depth);
  Result<void> node(std::string_view message, OnnxNode& node, int depth);
  Result<void> attribute(std::string_view message, OnnxAttribute& attribute, int depth);
  Result<void> nested(const WireField& field, int depth);
  Result<void> sparse(const WireField& field);
  Result<void> value(std::string_view message, OnnxValue& value);
  Result<void> tensorType(std::string_view message, OnnxValue& value);
  Result<void> dim(std::string_view message, OnnxDim& dim);
  Result<OnnxTensor> tensor(const WireField& field);

  OnnxForm form_;
  OnnxFile file_;
  bool graphSeen_ = false;
  std::size_t nodes_ = 0, tensors_ = 0, items_ = 0;
};

Result<OnnxTensor> Parser::tensor(const WireField& field) {
  if (auto ok = expectBytes(field); !ok) return fail(ok.error());
  if (++tensors_ > kMaxTensors) return fail(damaged("it has too many tensors"));
  Result<OnnxTensor> parsed = parseOnnxTensor(field.bytes, form_);
  if (!parsed) return parsed;
  if (isOnnxFloating(parsed->type)) file_.storedNumbers += parsed->elements;
  if (const auto& external = parsed->external) {
    std::uint64_t& least = file_.externalFiles[std::string(external->file)];
    least = std::max(least, external->offset + external->bytes);
    if (file_.externalFiles.size() > kMaxExternalFiles) {
      return fail(damaged("its data lie in too many files"));
    }
  }
  return parsed;
}

Result<void> Parser::sparse(const WireField& field) {
  if (auto ok = expectBytes(field); !ok) return ok;
  return walk(field.bytes, [&](const WireField& part) -> Result<void> {
    if (part.number != kSparseValues && part.number != kSparseIndices) return {};
    const Result<OnnxTensor> checked = tensor(part);
    if (!checked) return fail(checked.error());
    return {};
  });
}

// Lists of tensors and graphs inside attributes: checked, counted, not kept.
Result<void> Parser::nested(const WireField& field, int depth) {
  if (field.number == kAttributeSparse || field.number == kAttributeSparses) return sparse(field);
  if (field.number == kAttributeTensors) {
    const Result<OnnxTensor> checked = tensor(field);
    if (!checked) return fail(checked.error());
    return {};
  }
  if (auto ok = expectBytes(field); !ok) return ok;
  OnnxGraph inner;
  return graph(field.bytes, inner, depth + 1);
}

Result<void> Parser::attribute(std::string_view message, OnnxAttribute& out, int depth) {
  return walk(message, [&](const WireField& field) -> Result<void> {
    switch (field.number) {
      case kAttributeName:
        return readText(field, out.name);
      case kAttributeFloat:
        if (field.type != WireType::fixed32) return fail(damaged("a number has a wrong form"));
        out.number = field.float32();
        return {};
      case kAttributeInt:
        out.integer = field.integer();
        return expectVarint(field);
      case kAttributeString:
        return readText(field, out.text);
      case kAttributeInts:
        items_ += field.type == WireType::bytes ? field.bytes.size() : 1;
        if (items_ > kMaxItems) return fail(damaged("its attributes hold too many numbers"));
        return appendIntegers(field, out.integers, kMaxListed);
      case kAttributeKind:
        out.kind = field.value < 64 ? static_cast<int>(field.value) : -1;
        return expectVarint(field);
      case kAttributeFloats:
        items_ += field.type == WireType::bytes ? field.bytes.size() / sizeof(float) : 1;
        if (items_ > kMaxItems) return fail(damaged("its attributes hold too many numbers"));
        return appendFloats(field, out.numbers);
      case kAttributeTensor: {
        Result<OnnxTensor> parsed = tensor(field);
        if (!parsed) return fail(parsed.error());
        out.tensor = std::move(*parsed);
        return {};
      }
      case kAttributeTensors:
      case kAttributeGraph:
      case kAttributeGraphs:
      case kAttributeSparse:
      case kAttributeSparses:
        return nested(field, depth);
      default:
        return {};
    }
  });
}

Result<void> Parser::node(std::string_view message, OnnxNode& out, int depth) {
  if (++nodes_ > kMaxNodes) return fail(damaged("it has too many nodes"));
  const Result<void> ok = walk(message, [&](const WireField& field) -> Result<void> {
    switch (field.number) {
      case kNodeInput:
        return pushText(field, out.inputs, kMaxNodeValues);
      case kNodeOutput:
        return pushText(field, out.outputs, kMaxNodeValues);
      case kNodeName:
        return readText(field, out.name);
      case kNodeType:
        return readText(field, out.type);
      case kNodeDoc:
        return readText(field, out.doc);
      case kNodeDomain:
        return readText(field, out.domain);
      case kNodeAttribute: {
        if (auto bytes = expectBytes(field); !bytes) return bytes;
        if (out.attributes.size() >= kMaxAttributes) {
          return fail(damaged("a node has too many attributes"));
        }
        OnnxAttribute parsed;
        if (auto inner = attribute(field.bytes, parsed, depth); !inner) return inner;
        out.attributes.push_back(std::move(parsed));
        return {};
      }
      default:
        return {};
    }
  });
  if (!ok) return ok;
  items_ += out.inputs.size() + out.outputs.size() + out.attributes.size();
  if (items_ > kMaxItems) return fail(damaged("it has too many attributes"));
  if (out.type.empty()) return fail(damaged("a node names no operation"));
  ++file_.opCounts[onnxText(out.type)];
  return {};
}

Result<void> Parser::dim(std::string_view message, OnnxDim& out) {
  const Result<void> ok = walk(message, [&](const WireField& field) -> Result<void> {
    if (field.number == kDimName) return readText(field, out.name);
    if (field.number != kDimValue) return {};
    out.value = field.integer();
    if (out.value < -1 || out.value > (std::int64_t{1} << 31)) {
      return fail(damaged("an input or output has the absurd extent " + std::to_string(out.value)));
    }
    return expectVarint(field);
  });
  return ok;
}

Result<void> Parser::tensorType(std::string_view message, OnnxValue& out) {
  return walk(message, [&](const WireField& field) -> Result<void> {
    if (field.number == kTensorTypeElement) {
      out.type = field.value < 1000 ? static_cast<int>(field.value) : -1;
      return expectVarint(field);
    }
    if (field.number != kTensorTypeShape) return {};
    if (auto ok = expectBytes(field); !ok) return ok;
    if (out.shaped) return fail(damaged(onnxQuoted(out.name) + " has two shapes"));
    out.shaped = true;
    return walk(field.bytes, [&](const WireField& part) -> Result<void> {
      if (part.number != kShapeDim) return {};
      if (auto ok = expectBytes(part); !ok) return ok;
      if (out.shape.size() >= kMaxOnnxRank) return fail(damaged("a shape has too many dimensions"));
      out.shape.emplace_back();
      return dim(part.bytes, out.shape.back());
    });
  });
}

Result<void> Parser::value(std::string_view message, OnnxValue& out) {
  return walk(message, [&](const WireField& field) -> Result<void> {
    if (field.number == kValueName) return readText(field, out.name);
    if (field.number != kValueType) return {};
    if (auto ok = expectBytes(field); !ok) return ok;
    return walk(field.bytes, [&](const WireField& part) -> Result<void> {
      if (part.number != kTypeTensor) return {};
      if (auto ok = expectBytes(part); !ok) return ok;
      return tensorType(part.bytes, out);
    });
  });
}

Result<void> Parser::graph(std::string_view message, OnnxGraph& out, int depth) {
  if (depth > kMaxNesting) return fail(damaged("its graphs are nested too deeply"));
  return walk(message, [&](const WireField& field) -> Result<void> {
    switch (field.number) {
      case kGraphName:
        return readText(field, out.name);
      case kGraphNode: {
        if (auto ok = expectBytes(field); !ok) return ok;
        OnnxNode parsed;
        if (auto ok = node(field.bytes, parsed, depth); !ok) return ok;
        out.nodes.push_back(std::move(parsed));
        return {};
      }
      case kGraphInitializer: {
        Result<OnnxTensor> parsed = tensor(field);
        if (!parsed) return fail(parsed.error());
        out.initializers.push_back(std::move(*parsed));
        return {};
      }
      case kGraphSparse:
        return sparse(field);
      case kGraphInput:
      case kGraphOutput: {
        if (auto ok = expectBytes(field); !ok) return ok;
        // IR 3 lists every initializer as an input too.
        auto& list = field.number == kGraphInput ? out.inputs : out.outputs;
        if (list.size() >= kMaxTensors + kMaxValues) return fail(damaged("it has too many inputs"));
        list.emplace_back();
        return value(field.bytes, list.back());
      }
      default:
        return {};
    }
  });
}

Result<void> Parser::opset(const WireField& field) {
  if (auto ok = expectBytes(field); !ok) return ok;
  std::string_view domain;
  std::int64_t version = 0;
  const Result<void> ok = walk(field.bytes, [&](const WireField& part) -> Result<void> {
    if (part.number == kOpsetDomain) return readText(part, domain);
    if (part.number != kOpsetVersion) return {};
    version = part.integer();
    return expectVarint(part);
  });
  if (ok && (domain.empty() || domain == "ai.onnx")) file_.opset = version;
  return ok;
}

Result<void> Parser::metadata(const WireField& field) {
  if (auto ok = expectBytes(field); !ok) return ok;
  std::string_view key, text;
  const Result<void> ok = walk(field.bytes, [&](const WireField& part) -> Result<void> {
    if (part.number == kEntryKey) return readText(part, key);
    if (part.number == kEntryValue) return readText(part, text);
    return {};
  });
  if (!ok) return ok;
  if (file_.metadata.size() >= kMaxMetadata) return fail(damaged("it has too much metadata"));
  if (!file_.metadata.emplace(std::string(key.substr(0, 1000)), text).second) {
    return fail(damaged("the metadata entry " + onnxQuoted(key) + " stands twice"));
  }
  return {};
}

// Only the nodes (field 7) of a function are of interest: they may hold tensors.
Result<void> Parser::function(const WireField& field) {
  if (auto ok = expectBytes(field); !ok) return ok;
  return walk(field.bytes, [&](const WireField& part) -> Result<void> {
    if (part.number != kFunctionNode) return {};
    if (auto ok = expectBytes(part); !ok) return ok;
    OnnxNode unused;
    return node(part.bytes, unused, 1);
  });
}

Result<void> Parser::model(const WireField& field) {
  switch (field.number) {
    case kModelIrVersion:
      file_.irVersion = field.integer();
      return expectVarint(field);
    case kModelProducer:
      return readText(field, file_.producer);
    case kModelProducerVersion:
      return readText(field, file_.producerVersion);
    case kModelOpset:
      return opset(field);
    case kModelMetadata:
      return metadata(field);
    case kModelFunctions:
      return function(field);
    case kModelGraph:
      if (auto ok = expectBytes(field); !ok) return ok;
      if (graphSeen_) return fail(damaged("it holds two graphs"));
      graphSeen_ = true;
      return graph(field.bytes, file_.graph, 0);
    default:
      return {};
  }
}

Result<OnnxFile> Parser::parse(std::string_view bytes) {
  if (bytes.empty()) return fail(damaged("not an ONNX file: it is empty"));
  if (bytes.size() > kMaxOnnxBytes)
    return fail(damaged("not an ONNX file: it is larger than 2 GiB"));
  const Result<void> ok = walk(bytes, [&](const WireField& field) { return model(field); });
  if (!ok && ok.error().code == ErrorCode::unsupported) return fail(ok.error());
  if (!ok) {
    const std::string other = otherFile(bytes);
    return fail(damaged("not an ONNX file: " + (other.empty() ? ok.error().message : other)));
  }
  if (!graphSeen_ || file_.graph.nodes.empty()) {
    return fail(damaged("not an ONNX file: it has no graph with nodes"));
  }
  if (file_.irVersion < 1 || file_.irVersion > 1000 || file_.opset < 1 || file_.opset > 10000) {
    return fail(damaged("not an ONNX file: IR version " + std::to_string(file_.irVersion) +
                        " and opset " + std::to_string(file_.opset) + " do not exist"));
  }
  return std::move(file_);
}

}  // namespace

std::string onnxText(std::string_view text) {
  std::string out(text.substr(0, 200));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

const OnnxAttribute* findAttribute(const OnnxNode& node, std::string_view name) {
  for (const OnnxAttribute& attribute : node.attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::int64_t integerOf(const OnnxNode& node, std::string_view name, std::int64_t byDefault) {
  const OnnxAttribute* found = findAttribute(node, name);
  return found ? found->integer : byDefault;
}

Result<OnnxFile> parseOnnx(std::string_view bytes, OnnxForm form) {
  return Parser(form).parse(bytes);
}

}  // namespace limbus
