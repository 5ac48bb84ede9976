// --set key=value: one change to a recipe's JSON by dotted path.
#pragma once

#include <string>

#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

// "net.width=12", "augment.0.p=0.3", "loss=ce". A value that is not JSON is taken as a string;
// missing objects on the way are created; a plain name on the way ("loss": "ce") becomes an object
// with it.
Result<void> applyOverride(Json& json, const std::string& keyAndValue);

}  // namespace limbus
