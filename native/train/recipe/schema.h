// The JSON schema of a recipe, for editors.
#pragma once

#include "shared/json_reader.h"

namespace limbus {

// Draft 2020-12, of describeOptions(Recipe()). What a recipe must hold, one that extends another
// may leave to it.
Json recipeSchema();

}  // namespace limbus
