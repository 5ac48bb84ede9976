// JSON that lies in files. An error says whether the file is missing, cannot be read or holds no
// JSON, and opens with its name.
#pragma once

#include <filesystem>
#include <optional>

#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

// As parseJson() takes it.
Result<Json> readJson(const std::filesystem::path& file);
// Nothing where there is no such file.
Result<std::optional<Json>> readJsonIfThere(const std::filesystem::path& file);

// Of any length, as data sets and long trainings have it (parseLongJson). Of a key that stands
// there twice the last counts.
Result<Json> readLongJson(const std::filesystem::path& file);

}  // namespace limbus
