// The verbs below `limbus data`: one file each.
#pragma once

#include "native/commands/commands.h"

namespace limbus {

Action configureDataStats(CLI::App& command);
Action configureDataAudit(CLI::App& command);
Action configureDataConvert(CLI::App& command);

}  // namespace limbus
