// .onnx files as they are read everywhere: with the data inside that lie in other files beside them
// (shared/onnx/external_data.h).
#pragma once

#include <filesystem>
#include <string>

#include "shared/result.h"

namespace limbus {

// Bytes as they are where the file is whole, or no ONNX at all.
Result<std::string> readOnnxFile(const std::filesystem::path& file);
// The same of a file's bytes and the folder that it lies in; errors do not name the file.
Result<std::string> withExternalData(std::string bytes, const std::filesystem::path& folder);

}  // namespace limbus
