#include "native/train/files/tensor_file.h"

#include <bit>
#include <cstring>

#include "native/weights/safetensors.h"
#include "shared/hash.h"

namespace limbus {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are written as they lie in memory");

constexpr const char* kFormat = "limbus-tensors";
constexpr int kLineVersion = 1;  // of the files of before
constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 24;

tl::unexpected<Error> bad(const std::string& why) {
  return fail(ErrorCode::badData, "not a checkpoint of limbus, or a damaged one: " + why);
}

Result<Dims> readShape(const Json& json) {
  if (!json.is_array() || json.size() > 8) return bad("a tensor's shape is no short list");
  Dims shape;
  for (const Json& extent : json) {
    if (!extent.is_number_integer()) return bad("a tensor's shape holds something but integers");
    shape.push_back(extent.get<std::int64_t>());
  }
  if (const Result<std::int64_t> count = checkedCount(shape); !count) {
    return bad(count.error().message);
  }
  return shape;
}

// A tensor of a header and where its values begin.
struct Entry {
  std::string name;
  Dims shape;
  std::size_t begin = 0;

  std::size_t sizeBytes() const {
    return static_cast<std::size_t>(elementCount(shape)) * sizeof(float);
  }
};

// Tensors fill the body without gaps or overlaps, in the order of `entries`.
Result<Weights> readValues(const std::vector<Entry>& entries, std::string_view body) {
  Weights tensors;
  std::size_t used = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != used) return bad("its tensors do not lie one behind the other");
    if (entry.sizeBytes() > body.size() - used) return bad("the file ends early");
    const auto [place, isNew] = tensors.try_emplace(entry.name);
    if (!isNew) return bad("it names a tensor twice");
    Tensor& tensor = place->second;
    tensor.shape = entry.shape;
    tensor.values.resize(entry.sizeBytes() / sizeof(float));
    if (entry.sizeBytes() > 0) {
      std::memcpy(tensor.values.data(), body.data() + used, entry.sizeBytes());
    }
    used += entry.sizeBytes();
  }
  if (used != body.size()) return bad("there are bytes after the last tensor");
  return tensors;
}

Result<TensorFile> assembled(Json facts, const Json& checksum, const std::vector<Entry>& entries,
                             std::string_view body) {
  Result<Weights> tensors = readValues(entries, body);
  if (!tensors) return fail(tensors.error());
  if (checksum != bytesHash(body)) return bad("its values do not match their checksum");
  return TensorFile{std::move(facts), std::move(*tensors), false};
}

// {"format": "limbus-tensors", "version": 1, "checksum": "...", "facts": {...},
//  "tensors": [["conv.weight", [18,1,3,3]], ...]}  <newline>  values in that order
Result<TensorFile> unpackLine(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kMaxHeaderBytes).find('\n');
  if (end == std::string_view::npos) return bad("it has no first line");
  Json header = parseLongJson(bytes.substr(0, end));
  if (!header.is_object()) return bad("its first line is no JSON object");
  if (header.value("format", Json()) != kFormat) return bad("its first line names no such format");
  if (header.value("version", Json()) != kLineVersion) {
    return fail(ErrorCode::unsupported, "checkpoint version " +
                                            header.value("version", Json()).dump() +
                                            " is not one this limbus reads (it reads 1)");
  }
  if (!header.contains("facts") || !header["facts"].is_object() || !header.contains("tensors") ||
      !header["tensors"].is_array() || !header.contains("checksum")) {
    return bad("its first line lacks facts, tensors or checksum");
  }
  std::vector<Entry> entries;
  std::size_t begin = 0;
  for (const Json& json : header["tensors"]) {
    if (!json.is_array() || json.size() != 2 || !json[0].is_string()) {
      return bad("an entry of its tensor list is no [name, shape]");
    }
    Result<Dims> shape = readShape(json[1]);
    if (!shape) return fail(shape.error());
    entries.push_back({json[0].get<std::string>(), std::move(*shape), begin});
    begin += entries.back().sizeBytes();
  }
  Result<TensorFile> file =
      assembled(std::move(header["facts"]), header["checksum"], entries, bytes.substr(end + 1));
  if (file) file->fromLine = true;
  return file;
}

Result<TensorFile> unpackSafetensors(std::string_view bytes) {
  const Result<Safetensors> file = readSafetensors(bytes);
  if (!file) return bad(file.error().message);
  const Json& metadata = file->metadata;
  if (!metadata.is_object() || metadata.value("format", Json()) != kFormat) {
    return fail(ErrorCode::badData,
                "its metadata name no such format as a checkpoint of limbus has; limbus import "
                "takes the weights of others");
  }
  if (!metadata.contains("facts") || !metadata["facts"].is_string() ||
      !metadata.contains("checksum")) {
    return bad("its metadata lack facts or checksum");
  }
  Json facts = parseLongJson(metadata["facts"].get<std::string>());
  if (!facts.is_object()) return bad("its facts are no JSON object");
  if (metadata["checksum"] != bytesHash(file->body)) {
    return bad("its values do not match their checksum");
  }
  Weights tensors;
  for (const auto& [name, stored] : file->tensors) {
    if (stored.element != Element::float32) return bad("tensor '" + name + "' is not F32");
    Result<Tensor> tensor = readStored(stored);
    if (!tensor) return bad("tensor '" + name + "': " + tensor.error().message);
    tensors[name] = std::move(*tensor);
  }
  return TensorFile{std::move(facts), std::move(tensors), false};
}

}  // namespace

Result<std::string> packTensors(const TensorFile& file) {
  std::string body;
  Json header = Json::object();
  for (const auto& [name, tensor] : file.tensors) {
    const std::size_t begin = body.size();
    body.append(reinterpret_cast<const char*>(tensor.values.data()),
                tensor.values.size() * sizeof(float));
    header[name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, body.size()}}};
  }
  header["__metadata__"] = {
      {"format", kFormat}, {"facts", dumpJson(file.facts)}, {"checksum", bytesHash(body)}};
  std::string text = dumpJson(header);
  text.append((8 - text.size() % 8) % 8, ' ');  // values begin at a multiple of eight
  if (text.size() > kMostHeaderBytes) {         // a history of some 90,000 epochs
    return fail(ErrorCode::unsupported,
                "a checkpoint's header would have " + std::to_string(text.size()) +
                    " bytes, more than can be read again; train fewer epochs of more images");
  }
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text + body;
}

Result<TensorFile> unpackTensors(std::string_view bytes) {
  // The length of a header has a zero where a line of JSON has a letter.
  const bool line = bytes.size() > 8 && bytes[0] == '{' && bytes[7] != 0;
  return line ? unpackLine(bytes) : unpackSafetensors(bytes);
}

bool isTensorFile(std::string_view bytes) {
  return bytes.substr(0, kMaxHeaderBytes).find(std::string("\"") + kFormat + "\"") !=
         std::string_view::npos;
}

}  // namespace limbus
