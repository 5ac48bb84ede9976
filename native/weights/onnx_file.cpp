#include "native/weights/onnx_file.h"

#include <fstream>

#include "native/system/files.h"
#include "shared/onnx/external_data.h"
#include "shared/onnx/outline.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

Result<void> checkBeside(const fs::path& folder, const ExternalFile& file) {
  const fs::path path = folder / file.name;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return fail(ErrorCode::notFound, "keeps its weights in " + path.string() +
                                         ", which is not there; put both files in one folder");
  }
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return fail(ErrorCode::io, path.string() + ": " + error.message());
  if (size >= file.bytes) return {};
  return fail(ErrorCode::badData, "keeps its weights in " + path.string() + ", which has " +
                                      std::to_string(size) + " bytes, expected " +
                                      std::to_string(file.bytes) +
                                      "; it is cut off, or of another model");
}

Result<void> readPart(const fs::path& path, const JoinedPart& part, char* into) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(part.offset));
  if (file.read(into, static_cast<std::streamsize>(part.bytes))) return {};
  return fail(ErrorCode::io, path.string() + ": cannot be read");
}

}  // namespace

Result<std::string> withExternalData(std::string bytes, const fs::path& folder) {
  const std::string_view model = bytes;
  OnnxOutline outline(model.size());
  while (const std::uint64_t size = outline.wantedBytes()) {
    if (!outline.give(model.substr(outline.wantedOffset(), size))) return bytes;  // told of later
  }
  const Result<JoinedOnnx> joined = joinedOnnx(outline);
  if (!joined && joined.error().code != ErrorCode::unsupported) return bytes;
  if (!joined) return fail(joined.error());
  if (joined->files.empty()) return bytes;
  for (const ExternalFile& file : joined->files) {
    if (Result<void> there = checkBeside(folder, file); !there) return fail(there.error());
  }
  return assemble(*joined, [&](const JoinedPart& part, char* into) -> Result<void> {
    if (part.source == JoinedPart::fromModel) {
      model.copy(into, part.bytes, part.offset);
      return {};
    }
    const auto index = static_cast<std::size_t>(part.source - JoinedPart::fromFirstFile);
    return readPart(folder / joined->files[index].name, part, into);
  });
}

Result<std::string> readOnnxFile(const fs::path& file) {
  Result<std::string> bytes = readBytes(file);
  if (!bytes) return bytes;
  Result<std::string> whole = withExternalData(std::move(*bytes), file.parent_path());
  if (!whole) return fail(whole.error().code, file.string() + ": " + whole.error().message);
  return whole;
}

}  // namespace limbus
