// Metadata of ONNX files, and a manifest into one that exists: nothing else in it changes.
#pragma once

#include <string>
#include <string_view>

#include "shared/manifest.h"
#include "shared/result.h"

namespace limbus {

// One entry as it stands in a file.
std::string metadataEntry(std::string_view key, std::string_view value);

// The bytes that give a file without a manifest one, put at its end.
std::string manifestEntry(const Manifest& manifest);

// The file with this manifest, in the place of one that it has. Errors are those of parseOnnx.
Result<std::string> withManifest(std::string_view onnx, const Manifest& manifest);

}  // namespace limbus
