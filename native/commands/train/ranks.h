// `limbus train --ranks N`: starts the same command N times on this machine, as the ranks of one
// training (native/train/ranks/ranks.h), and waits for their end. What tells this process to stop
// is passed on; where one rank fails the others are ended.
#pragma once

#include <string>

#include "shared/result.h"

namespace limbus {

// The exit code: that of the first rank that failed, else what they agree in.
Result<int> runRanks(int count);

// Whether none of the ranks that runRanks started has said this line yet; now one has. What one
// command line is refused for they would all say. True in any other process.
bool firstToSay(const std::string& line);

}  // namespace limbus
