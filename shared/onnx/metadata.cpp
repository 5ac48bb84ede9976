#include "shared/onnx/metadata.h"

#include "shared/onnx/proto.h"
#include "shared/onnx/wire.h"

namespace limbus {
namespace {

using namespace onnx_field;

bool isManifest(const WireField& field) {
  if (field.number != kModelMetadata || field.type != WireType::bytes) return false;
  for (WireReader reader(field.bytes); !reader.atEnd();) {
    const Result<WireField> part = reader.next();
    if (!part) return false;
    if (part->number == kEntryKey) return part->bytes == Manifest::metadataKey;
  }
  return false;
}

}  // namespace

std::string metadataEntry(std::string_view key, std::string_view value) {
  WireWriter entry, model;
  entry.bytes(kEntryKey, key);
  entry.bytes(kEntryValue, value);
  model.bytes(kModelMetadata, entry.str());
  return model.take();
}

std::string manifestEntry(const Manifest& manifest) {
  return metadataEntry(Manifest::metadataKey, toJson(manifest));
}

Result<std::string> withManifest(std::string_view onnx, const Manifest& manifest) {
  if (const Result<OnnxFile> file = parseOnnx(onnx); !file) return fail(file.error());
  std::string out;
  WireReader reader(onnx);
  while (!reader.atEnd()) {
    const std::size_t begin = onnx.size() - reader.left();
    const Result<WireField> field = reader.next();
    if (!field) return fail(field.error());
    const std::size_t end = onnx.size() - reader.left();
    if (!isManifest(*field)) out += onnx.substr(begin, end - begin);
  }
  return out + manifestEntry(manifest);
}

}  // namespace limbus
