// What limbus evaluate prints for a person to read.
#pragma once

#include "shared/json_reader.h"

namespace limbus {

// The classes in a table, then what else the answer of `limbus evaluate --json` holds.
void printEvaluation(const Json& answer);

}  // namespace limbus
