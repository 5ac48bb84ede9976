// KEY=VALUE on a command line: one change to a JSON document by dotted path.
#pragma once

#include <string>

#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

// "net.width=12", "loss=ce", "augment.0.p=0.3". A value that is not JSON is taken as a string.
// Missing objects on the way are created; a plain name on the way ("loss": "ce") becomes an object
// with it. An element of a list is its index, or the "name" that it has ("classes.pupil.colour");
// "+" appends ("augment.+={...}"). `flag` opens every error.
Result<void> assign(Json& json, const std::string& keyAndValue, const std::string& flag = "--set");

}  // namespace limbus
