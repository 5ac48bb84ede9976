// An ONNX file as checked structs: views into its bytes, nothing trusted that was not checked.
//
// parseOnnx refuses what no honest exporter writes: fields that run past their message, more data
// than declared or less, negative or overflowing shapes, and deep nesting. Tensors whose data lie
// in other files only outlines may have (external_data.h). Numbers in the comments are field
// numbers of onnx.proto.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

// Field numbers that both directions use.
namespace onnx_field {
constexpr int kModelIrVersion = 1, kModelProducer = 2, kModelProducerVersion = 3, kModelGraph = 7,
              kModelOpset = 8, kModelMetadata = 14, kModelFunctions = 25;
constexpr int kOpsetDomain = 1, kOpsetVersion = 2;
constexpr int kEntryKey = 1, kEntryValue = 2;
constexpr int kGraphNode = 1, kGraphName = 2, kGraphInitializer = 5, kGraphInput = 11,
              kGraphOutput = 12, kGraphSparse = 15;
constexpr int kNodeInput = 1, kNodeOutput = 2, kNodeName = 3, kNodeType = 4, kNodeAttribute = 5,
              kNodeDoc = 6, kNodeDomain = 7;
constexpr int kAttributeName = 1, kAttributeFloat = 2, kAttributeInt = 3, kAttributeString = 4,
              kAttributeTensor = 5, kAttributeGraph = 6, kAttributeFloats = 7, kAttributeInts = 8,
              kAttributeStrings = 9, kAttributeTensors = 10, kAttributeGraphs = 11,
              kAttributeKind = 20, kAttributeSparse = 22, kAttributeSparses = 23;
constexpr int kFunctionNode = 7;
constexpr int kKindFloat = 1, kKindInt = 2, kKindString = 3, kKindTensor = 4, kKindFloats = 6,
              kKindInts = 7;
constexpr int kTensorDims = 1, kTensorType = 2, kTensorSegment = 3, kTensorFloats = 4,
              kTensorInt32s = 5, kTensorStrings = 6, kTensorInt64s = 7, kTensorName = 8,
              kTensorRaw = 9, kTensorDoubles = 10, kTensorUint64s = 11, kTensorExternal = 13,
              kTensorLocation = 14;
// In an outline: field n of a tensor was passed over, and had as many bytes as field
// kTensorPassedOver + n says.
constexpr int kTensorPassedOver = 1000;
constexpr const char *kExternalLocation = "location", *kExternalOffset = "offset",
                     *kExternalLength = "length";
constexpr int kSparseValues = 1, kSparseIndices = 2;
constexpr int kValueName = 1, kValueType = 2;
constexpr int kTypeTensor = 1, kTensorTypeElement = 1, kTensorTypeShape = 2;
constexpr int kShapeDim = 1, kDimValue = 1, kDimName = 2;
}  // namespace onnx_field

constexpr int kOnnxFloat = 1;
constexpr int kOnnxInt32 = 6;
constexpr int kOnnxInt64 = 7;
constexpr int kOnnxHalf = 10;
constexpr int kOnnxDouble = 11;
constexpr int kOnnxBfloat16 = 16;
const char* onnxTypeName(int type);  // "float", "int64", ...; null when unknown

// Where the data of a tensor lie that are not in the file itself.
struct OnnxExternal {
  std::string_view file;  // beside this one: a plain name
  std::uint64_t offset = 0, bytes = 0;
};

struct OnnxTensor {
  std::string_view name;
  int type = 0;
  Dims shape;
  std::int64_t elements = 0;
  std::string_view message;              // decoded by floats() and integers()
  std::optional<OnnxExternal> external;  // in outlines alone
};

std::vector<float> onnxFloats(const OnnxTensor& tensor);           // float, float16, double
std::vector<std::int64_t> onnxIntegers(const OnnxTensor& tensor);  // int64, int32

struct OnnxAttribute {
  std::string_view name;
  int kind = 0;
  float number = 0;
  std::int64_t integer = 0;
  std::string_view text;
  std::vector<std::int64_t> integers;
  std::vector<float> numbers;
  std::optional<OnnxTensor> tensor;
};

struct OnnxNode {
  std::string_view name, type, domain, doc;
  std::vector<std::string_view> inputs, outputs;
  std::vector<OnnxAttribute> attributes;
};

const OnnxAttribute* findAttribute(const OnnxNode& node, std::string_view name);  // null: absent
std::int64_t integerOf(const OnnxNode& node, std::string_view name, std::int64_t byDefault);

struct OnnxDim {
  std::int64_t value = -1;  // -1: symbolic or unknown
  std::string_view name;
};

struct OnnxValue {
  std::string_view name;
  int type = 0;  // 0: not a tensor
  bool shaped = false;
  std::vector<OnnxDim> shape;
};

struct OnnxGraph {
  std::string_view name;
  std::vector<OnnxNode> nodes;
  std::vector<OnnxTensor> initializers;
  std::vector<OnnxValue> inputs, outputs;
};

struct OnnxFile {
  std::int64_t irVersion = 0;
  std::int64_t opset = 0;  // of the default domain
  std::string_view producer, producerVersion;
  std::map<std::string, std::string_view> metadata;
  OnnxGraph graph;
  std::map<std::string, int> opCounts;  // subgraphs included
  std::int64_t storedNumbers = 0;       // floating-point values of all tensors, constants included
  // Files beside it that hold data of tensors: their names, and how long they are at least.
  std::map<std::string, std::uint64_t> externalFiles;
};

constexpr std::uint64_t kMaxOnnxBytes = 0x7fffffff;  // of a file: what protobuf itself allows

// Text from a file as it may be shown: at most 200 printable ASCII characters.
std::string onnxText(std::string_view text);
inline std::string onnxQuoted(std::string_view text) { return "'" + onnxText(text) + "'"; }

enum class OnnxForm {
  whole,
  outline,  // of outline.h: tensors have their checked shapes, but nothing to decode
};

// Errors open with "not an ONNX file: " when the bytes are no ONNX at all or damaged.
Result<OnnxFile> parseOnnx(std::string_view bytes, OnnxForm form = OnnxForm::whole);

}  // namespace limbus
