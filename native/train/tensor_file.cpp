#include "native/train/tensor_file.h"

#include <bit>
#include <cstring>

#include "shared/hash.h"

namespace limbus {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are written as they lie in memory");

constexpr const char* kFormat = "limbus-tensors";
constexpr int kVersion = 1;
constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 24;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

tl::unexpected<Error> bad(const std::string& why) {
  return fail(ErrorCode::badData, "not a checkpoint of limbus, or a damaged one: " + why);
}

// FNV-1a over 64-bit words: finds damage, not malice.
std::string checksumOf(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (hash ^ word) * 0x100000001b3ULL;
    hash ^= hash >> 29;
  }
  for (; i < bytes.size(); ++i)
    hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3ULL;
  return hashText(hash);
}

Result<Dims> readShape(const Json& json) {
  if (!json.is_array() || json.size() > 8) return bad("a tensor's shape is no short list");
  Dims shape;
  std::int64_t count = 1;
  for (const Json& extent : json) {
    if (!extent.is_number_integer()) return bad("a tensor's shape holds something but integers");
    shape.push_back(extent.get<std::int64_t>());
    if (shape.back() < 0 || shape.back() > kMaxElements) return bad("a tensor's shape is absurd");
    if (shape.back() > 0 && count > kMaxElements / shape.back())
      return bad("a tensor is absurdly large");
    count *= shape.back();
  }
  return shape;
}

Result<Json> readHeader(std::string_view line) {
  Json header = Json::parse(line, nullptr, false);
  if (!header.is_object()) return bad("its first line is no JSON object");
  if (header.value("format", Json()) != kFormat) return bad("its first line names no such format");
  if (header.value("version", Json()) != kVersion) {
    return fail(ErrorCode::unsupported, "checkpoint version " +
                                            header.value("version", Json()).dump() +
                                            " is not one this limbus reads (it reads 1)");
  }
  if (!header.contains("facts") || !header["facts"].is_object() || !header.contains("tensors") ||
      !header["tensors"].is_array() || !header.contains("checksum") ||
      !header["checksum"].is_string()) {
    return bad("its first line lacks facts, tensors or checksum");
  }
  return header;
}

}  // namespace

std::string packTensors(const TensorFile& file) {
  std::string body;
  Json index = Json::array();
  for (const auto& [name, tensor] : file.tensors) {
    index.push_back(Json::array({name, tensor.shape}));
    body.append(reinterpret_cast<const char*>(tensor.values.data()),
                tensor.values.size() * sizeof(float));
  }
  const Json header = {{"format", kFormat},
                       {"version", kVersion},
                       {"checksum", checksumOf(body)},
                       {"facts", file.facts},
                       {"tensors", index}};
  return dumpJson(header) + "\n" + body;
}

Result<TensorFile> unpackTensors(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kMaxHeaderBytes).find('\n');
  if (end == std::string_view::npos) return bad("it has no first line");
  Result<Json> header = readHeader(bytes.substr(0, end));
  if (!header) return fail(header.error());
  const std::string_view body = bytes.substr(end + 1);

  TensorFile file;
  file.facts = std::move((*header)["facts"]);
  std::size_t used = 0;
  for (const Json& entry : (*header)["tensors"]) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string()) {
      return bad("an entry of its tensor list is no [name, shape]");
    }
    Result<Dims> shape = readShape(entry[1]);
    if (!shape) return fail(shape.error());
    const std::size_t size = static_cast<std::size_t>(elementCount(*shape)) * sizeof(float);
    if (size > body.size() - used) return bad("the file ends early");
    Tensor& tensor = file.tensors[entry[0].get<std::string>()];
    if (!tensor.shape.empty() || !tensor.values.empty()) return bad("it names a tensor twice");
    tensor.shape = std::move(*shape);
    tensor.values.resize(size / sizeof(float));
    if (size > 0) std::memcpy(tensor.values.data(), body.data() + used, size);
    used += size;
  }
  if (used != body.size()) return bad("there are bytes after the last tensor");
  if ((*header)["checksum"] != checksumOf(body))
    return bad("its values do not match their checksum");
  return file;
}

}  // namespace limbus
