#include "shared/onnx/proto_tensor.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "shared/half.h"
#include "shared/onnx/wire.h"

namespace limbus {
namespace {

using namespace onnx_field;

struct TypeRow {
  const char* name;
  int bits;      // of one element in raw_data; 0: strings, which have no raw form
  int field;     // where typed elements stand
  int perEntry;  // elements per entry of that field, negative: entries per element
};

// By the numbers of TensorProto.DataType.
constexpr TypeRow kTypes[] = {
    {nullptr, 0, 0, 0},
    {"float", 32, kTensorFloats, 1},
    {"uint8", 8, kTensorInt32s, 1},
    {"int8", 8, kTensorInt32s, 1},
    {"uint16", 16, kTensorInt32s, 1},
    {"int16", 16, kTensorInt32s, 1},
    {"int32", 32, kTensorInt32s, 1},
    {"int64", 64, kTensorInt64s, 1},
    {"string", 0, kTensorStrings, 1},
    {"bool", 8, kTensorInt32s, 1},
    {"float16", 16, kTensorInt32s, 1},
    {"double", 64, kTensorDoubles, 1},
    {"uint32", 32, kTensorUint64s, 1},
    {"uint64", 64, kTensorUint64s, 1},
    {"complex64", 64, kTensorFloats, -2},
    {"complex128", 128, kTensorDoubles, -2},
    {"bfloat16", 16, kTensorInt32s, 1},
    {"float8e4m3fn", 8, kTensorInt32s, 1},
    {"float8e4m3fnuz", 8, kTensorInt32s, 1},
    {"float8e5m2", 8, kTensorInt32s, 1},
    {"float8e5m2fnuz", 8, kTensorInt32s, 1},
    {"uint4", 4, kTensorInt32s, 2},
    {"int4", 4, kTensorInt32s, 2},
    {"float4e2m1", 4, kTensorInt32s, 2},
};
constexpr int kTypeCount = static_cast<int>(sizeof kTypes / sizeof kTypes[0]);

Error tensorError(const OnnxTensor& tensor, const std::string& message,
                  ErrorCode code = ErrorCode::badData) {
  return {code, "tensor " + onnxQuoted(tensor.name) + " " + message};
}

constexpr std::uint64_t kMaxOffset = std::uint64_t{1} << 53;  // that is exact in JavaScript
constexpr std::size_t kMaxFileName = 255;

// Names nothing but a file in the folder of the model.
bool isPlainName(std::string_view name) {
  if (name.empty() || name.size() > kMaxFileName || name == "." || name == "..") return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

// One entry of what a tensor says of the file that its data lie in; unknown ones say nothing here.
Result<void> readExternal(const WireField& field, const OnnxTensor& tensor, OnnxExternal& external,
                          std::optional<std::uint64_t>& length) {
  if (field.type != WireType::bytes)
    return fail(tensorError(tensor, "names its file in a wrong form"));
  std::string_view key, text;
  for (WireReader reader(field.bytes); !reader.atEnd();) {
    const Result<WireField> part = reader.next();
    if (!part) return fail(tensorError(tensor, "is damaged: " + part.error().message));
    if (part->number == kEntryKey) key = part->bytes;
    if (part->number == kEntryValue) text = part->bytes;
  }
  if (key == kExternalLocation) {
    if (!isPlainName(text)) {
      return fail(tensorError(tensor,
                              "keeps its data in " + onnxQuoted(text) +
                                  "; expected the name of a file beside the model",
                              ErrorCode::unsupported));
    }
    external.file = text;
    return {};
  }
  if (key != kExternalOffset && key != kExternalLength) return {};
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size() || number > kMaxOffset) {
    return fail(tensorError(tensor, "has the absurd " + std::string(key) + " " + onnxQuoted(text) +
                                        " in another file"));
  }
  if (key == kExternalOffset) {
    external.offset = number;
  } else {
    length = number;
  }
  return {};
}

// Entries of a typed data field: fixed-size ones by their bytes, varints one by one.
Result<std::int64_t> entriesIn(const WireField& field) {
  const std::size_t fixed = field.number == kTensorFloats    ? 4
                            : field.number == kTensorDoubles ? 8
                                                             : 0;
  const WireType single = field.number == kTensorStrings ? WireType::bytes
                          : fixed == 4                   ? WireType::fixed32
                          : fixed == 8                   ? WireType::fixed64
                                                         : WireType::varint;
  if (field.type == single) return 1;
  if (field.type != WireType::bytes) {
    return fail(ErrorCode::badData, "its data has a wrong form");
  }
  if (fixed > 0) {
    if (field.size % fixed != 0) {
      return fail(ErrorCode::badData, "a list of numbers ends inside a number");
    }
    return static_cast<std::int64_t>(field.size / fixed);
  }
  std::int64_t count = 0;
  for (char byte : field.bytes) count += (static_cast<unsigned char>(byte) & 0x80) == 0 ? 1 : 0;
  return count;
}

struct Contents {
  std::int64_t rawBytes = -1;                   // -1: none
  std::optional<std::uint64_t> externalLength;  // what is said of it
  std::int64_t entries[16] = {};                // by field number
};

Result<void> readField(const WireField& field, OnnxTensor& tensor, Contents& contents) {
  switch (field.number) {
    case kTensorDims:
      return appendIntegers(field, tensor.shape, kMaxOnnxRank);
    case kTensorType:
      tensor.type = field.value < kTypeCount ? static_cast<int>(field.value) : -1;
      return {};
    case kTensorName:
      return {};  // read first, for messages
    case kTensorRaw:
      if (field.type != WireType::bytes || contents.rawBytes >= 0) {
        return fail(tensorError(tensor, "has its data twice or in a wrong form"));
      }
      contents.rawBytes = static_cast<std::int64_t>(field.size);
      return {};
    case kTensorExternal:
      return readExternal(field, tensor,
                          tensor.external ? *tensor.external : tensor.external.emplace(),
                          contents.externalLength);
    case kTensorLocation:
      if (field.value != 0 && !tensor.external) tensor.external.emplace();
      return {};
    case kTensorSegment:
      return fail(tensorError(tensor, "is split into segments, which no runtime reads"));
    case kTensorFloats:
    case kTensorInt32s:
    case kTensorStrings:
    case kTensorInt64s:
    case kTensorDoubles:
    case kTensorUint64s: {
      const Result<std::int64_t> count = entriesIn(field);
      if (!count) return fail(tensorError(tensor, count.error().message));
      contents.entries[field.number] += *count;
      return {};
    }
    default:
      return {};
  }
}

// As raw data, at most 2^60.
std::uint64_t bytesOf(const OnnxTensor& tensor, int bits) {
  return (static_cast<std::uint64_t>(tensor.elements) * static_cast<std::uint64_t>(bits) + 7) / 8;
}

// A field that the outline passed over, as it stood in the file but for its bytes.
WireField restored(WireField field) {
  const int number = field.number - kTensorPassedOver;
  if (number != kTensorRaw && number != kTensorFloats && number != kTensorDoubles) return field;
  field.number = number;
  field.type = WireType::bytes;
  field.size = field.value;
  return field;
}

Result<void> checkExternal(const OnnxTensor& tensor, const Contents& contents,
                           OnnxExternal& external) {
  if (external.file.empty()) {
    return fail(tensorError(tensor, "does not say in which file its data lie"));
  }
  const int bits = kTypes[tensor.type].bits;
  if (bits == 0) return fail(tensorError(tensor, "keeps strings in another file"));
  external.bytes = bytesOf(tensor, bits);
  if (external.bytes > kMaxOnnxBytes) {
    return fail(tensorError(tensor, "is larger than 2 GiB", ErrorCode::unsupported));
  }
  const std::uint64_t length = contents.externalLength.value_or(external.bytes);
  if (length == external.bytes) return {};
  return fail(tensorError(tensor, describe(tensor.shape) + " should hold " +
                                      std::to_string(external.bytes) + " bytes, has " +
                                      std::to_string(length) + " in " + onnxQuoted(external.file)));
}

Result<void> checkContents(OnnxTensor& tensor, const Contents& contents) {
  if (tensor.type < 1) return fail(tensorError(tensor, "has an unknown element type"));
  for (std::int64_t extent : tensor.shape) {
    if (extent < 0) {
      return fail(tensorError(tensor, "has the absurd shape " + describe(tensor.shape)));
    }
  }
  const Result<std::int64_t> elements = checkedProduct(tensor.shape);
  if (!elements) return fail(tensorError(tensor, "has the absurd shape " + describe(tensor.shape)));
  tensor.elements = *elements;
  const TypeRow& type = kTypes[tensor.type];
  std::int64_t expected = tensor.elements, found = contents.entries[type.field];
  const char* unit = "values";
  for (int field = 0; field < 16; ++field) {
    const bool allowed = field == type.field && contents.rawBytes < 0 && !tensor.external;
    if (contents.entries[field] > 0 && !allowed) {
      return fail(tensorError(tensor, "holds data of another type than it says"));
    }
  }
  if (tensor.external && contents.rawBytes >= 0) {
    return fail(tensorError(tensor, "has its data twice or in a wrong form"));
  }
  if (tensor.external) return checkExternal(tensor, contents, *tensor.external);
  if (contents.rawBytes >= 0) {
    if (type.bits == 0) return fail(tensorError(tensor, "holds strings as raw bytes"));
    expected = static_cast<std::int64_t>(bytesOf(tensor, type.bits));
    found = contents.rawBytes;
    unit = "bytes";
  } else if (type.perEntry == 2) {
    expected = (tensor.elements + 1) / 2;
  } else if (type.perEntry == -2) {
    expected = tensor.elements * 2;
  }
  if (expected == found) return {};
  return fail(tensorError(tensor, describe(tensor.shape) + " should hold " +
                                      std::to_string(expected) + " " + unit + ", got " +
                                      std::to_string(found)));
}

template <class Value>
void appendRaw(std::string_view bytes, std::vector<Value>& values) {
  const std::size_t old = values.size(), count = bytes.size() / sizeof(Value);
  values.resize(old + count);
  std::copy_n(bytes.begin(), count * sizeof(Value), reinterpret_cast<char*>(values.data() + old));
}

// Every field of a tensor whose bytes were walked before.
template <class Handle>
void eachField(const OnnxTensor& tensor, const Handle& handle) {
  for (WireReader reader(tensor.message); !reader.atEnd();) {
    const Result<WireField> field = reader.next();
    if (!field) return;
    handle(*field);
  }
}

std::vector<float> halves(const OnnxTensor& tensor) {
  std::vector<std::uint16_t> bits;
  std::vector<std::int64_t> entries;
  eachField(tensor, [&](const WireField& field) {
    if (field.number == kTensorRaw) appendRaw(field.bytes, bits);
    if (field.number != kTensorInt32s) return;
    (void)appendIntegers(field, entries, static_cast<std::size_t>(tensor.elements));
  });
  for (const std::int64_t entry : entries) bits.push_back(static_cast<std::uint16_t>(entry));
  std::vector<float> values;
  for (const std::uint16_t half : bits) values.push_back(halfToFloat(half));
  return values;
}

}  // namespace

const char* onnxTypeName(int type) {
  return type > 0 && type < kTypeCount ? kTypes[type].name : nullptr;
}

Result<void> appendIntegers(const WireField& field, std::vector<std::int64_t>& values,
                            std::size_t limit) {
  if (field.type == WireType::varint) {
    values.push_back(field.integer());
  } else if (field.type == WireType::bytes) {
    WireReader packed(field.bytes);
    while (!packed.atEnd() && values.size() <= limit) {
      const Result<std::uint64_t> value = packed.varint();
      if (!value) return fail(value.error());
      values.push_back(static_cast<std::int64_t>(*value));
    }
  } else {
    return fail(ErrorCode::badData, "a list of whole numbers has a wrong form");
  }
  if (values.size() <= limit) return {};
  return fail(ErrorCode::badData, "a list has more than " + std::to_string(limit) + " numbers");
}

Result<OnnxTensor> parseOnnxTensor(std::string_view message, OnnxForm form) {
  OnnxTensor tensor;
  tensor.message = message;
  for (WireReader reader(message); !reader.atEnd();) {
    const Result<WireField> field = reader.next();
    if (!field) return fail(tensorError(tensor, "is damaged: " + field.error().message));
    if (field->number == kTensorName) tensor.name = field->bytes;
  }
  Contents contents;
  for (WireReader reader(message); !reader.atEnd();) {
    const WireField field = *reader.next();
    const Result<void> ok =
        readField(form == OnnxForm::outline ? restored(field) : field, tensor, contents);
    if (!ok) return fail(ok.error());
  }
  if (auto ok = checkContents(tensor, contents); !ok) return fail(ok.error());
  if (tensor.external && form == OnnxForm::whole) {
    return fail(tensorError(tensor, "keeps its data in another file", ErrorCode::unsupported));
  }
  return tensor;
}

bool isOnnxFloating(int type) {
  return type > 0 && type < kTypeCount &&
         (std::string_view(kTypes[type].name).find("float") != std::string_view::npos ||
          type == kOnnxDouble);
}

Result<void> appendFloats(const WireField& field, std::vector<float>& values) {
  if (field.type == WireType::fixed32) {
    values.push_back(field.float32());
    return {};
  }
  if (field.type != WireType::bytes || field.bytes.size() % sizeof(float) != 0) {
    return fail(ErrorCode::badData, "a list of numbers has a wrong form");
  }
  appendRaw(field.bytes, values);
  return {};
}

std::vector<float> onnxFloats(const OnnxTensor& tensor) {
  if (tensor.type == kOnnxHalf) return halves(tensor);
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(tensor.elements));
  std::vector<double> wide;
  eachField(tensor, [&](const WireField& field) {
    if (tensor.type == kOnnxDouble) {
      if (field.number != kTensorRaw && field.number != kTensorDoubles) return;
      if (field.type == WireType::bytes) return appendRaw(field.bytes, wide);
      double value;
      std::memcpy(&value, &field.value, sizeof value);
      wide.push_back(value);
    } else if (field.number == kTensorRaw || field.number == kTensorFloats) {
      (void)appendFloats(field, values);
    }
  });
  for (const double value : wide) values.push_back(static_cast<float>(value));
  return values;
}

std::vector<std::int64_t> onnxIntegers(const OnnxTensor& tensor) {
  std::vector<std::int64_t> values;
  std::vector<std::int32_t> narrow;
  eachField(tensor, [&](const WireField& field) {
    if (field.number == kTensorInt64s || field.number == kTensorInt32s) {
      (void)appendIntegers(field, values, static_cast<std::size_t>(tensor.elements));
    } else if (field.number == kTensorRaw && tensor.type == kOnnxInt32) {
      appendRaw(field.bytes, narrow);
    } else if (field.number == kTensorRaw) {
      appendRaw(field.bytes, values);
    }
  });
  values.insert(values.end(), narrow.begin(), narrow.end());
  return values;
}

}  // namespace limbus
