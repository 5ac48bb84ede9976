#include "native/weights/safetensors.h"

#include <algorithm>
#include <cstring>

namespace limbus {
namespace {

struct Entry {
  std::string name;
  StoredTensor stored;
  std::size_t begin = 0, end = 0;
};

tl::unexpected<Error> badTensors(const std::string& why) { return fail(ErrorCode::badData, why); }

Result<Dims> readShape(const Json& json) {
  if (!json.is_array()) return badTensors("a tensor's shape is no list");
  Dims shape;
  for (const Json& extent : json) {
    if (!extent.is_number_integer())
      return badTensors("a tensor's shape holds something but integers");
    shape.push_back(extent.get<std::int64_t>());
    if (shape.size() > 8) break;  // checkedCount says so
  }
  return shape;
}

Result<Entry> readEntry(const std::string& name, const Json& json) {
  if (!json.is_object() || !json.contains("shape") || !json.contains("data_offsets")) {
    return badTensors("tensor '" + name + "' lacks shape or data_offsets");
  }
  const Json type = json.value("dtype", Json());
  const std::optional<Element> element =
      type.is_string() ? elementNamed(type.get<std::string>()) : std::nullopt;
  if (!element)
    return badTensors("tensor '" + name + "' is " + dumpJson(type) + ", which is not read");
  const Result<Dims> shape = readShape(json["shape"]);
  if (!shape) return fail(shape.error());
  const Result<std::int64_t> count = checkedCount(*shape);
  if (!count) return fail(count.error());
  const Json& offsets = json["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    return badTensors("tensor '" + name + "' has no two offsets");
  }
  Entry entry;
  entry.name = name;
  entry.stored.element = *element;
  entry.stored.shape = *shape;
  entry.stored.strides = denseStrides(*shape);
  entry.begin = offsets[0].get<std::size_t>();
  entry.end = offsets[1].get<std::size_t>();
  const std::size_t size = static_cast<std::size_t>(*count) * sizeBytes(*element);
  if (entry.end < entry.begin || entry.end - entry.begin != size) {
    return badTensors("tensor '" + name + "' has offsets that do not fit its shape");
  }
  return entry;
}

}  // namespace

bool isSafetensors(std::string_view bytes) {
  return bytes.size() > 8 && bytes[8] == '{' && bytes[7] == 0 && bytes[6] == 0;
}

Result<Safetensors> readSafetensors(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) return badTensors("the file ends early");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMostHeaderBytes || length > bytes.size() - sizeof length) {
    return badTensors("it begins with no length of a header");
  }
  const Json header = parseLongJson(bytes.substr(sizeof length, length));
  if (!header.is_object()) return badTensors("its header is no JSON object");
  std::vector<Entry> entries;
  for (const auto& [name, json] : header.items()) {
    if (name == "__metadata__") continue;
    Result<Entry> entry = readEntry(name, json);
    if (!entry) return fail(entry.error());
    entries.push_back(std::move(*entry));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  Safetensors file{header.value("__metadata__", Json()), {}, bytes.substr(sizeof length + length)};
  std::size_t used = 0;
  for (Entry& entry : entries) {
    if (entry.begin != used) return badTensors("its tensors do not lie one behind the other");
    if (entry.end > file.body.size()) return badTensors("the file ends early");
    entry.stored.storage = file.body.substr(entry.begin, entry.end - entry.begin);
    used = entry.end;
    file.tensors.emplace_back(std::move(entry.name), std::move(entry.stored));
  }
  if (used != file.body.size()) return badTensors("there are bytes after the last tensor");
  return file;
}

}  // namespace limbus
