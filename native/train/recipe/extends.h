// {"extends": "other.json"}: a recipe that says only what it does otherwise.
#pragma once

#include <filesystem>

#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

// `recipe` over the file that it extends, that over the one it extends itself, and so on; without
// the keys "extends" and "$schema". Objects are joined key by key, unless they name another row
// ("name", "dataset"); of a loss the terms that stay (lossOver); lists and everything else are
// replaced. Its description is not taken over,
// nor, for another data set, what it says of its training data and licence. Paths are relative to
// the file that holds them.
Result<Json> extended(Json recipe, const std::filesystem::path& folder);

}  // namespace limbus
